# shellcheck shell=bash disable=SC2034,SC1083
# What is cleared away when (days; 0: never) or beyond which size (GB; 0: none), and how much the buckets hold.
remote_media_days={{housekeeping.remoteMediaDays}}
remote_media_gb={{housekeeping.remoteMediaGb}}
preview_cards_days={{housekeeping.previewCardsDays}}
statuses_days={{housekeeping.statusesDays}}
media_gb={{mediaGb}}
backup_gb={{backupGb}}
backup_weeks={{backup.retentionFull}}
# In UTC; minutes.
window_start={{windowStart}}
window_minutes={{windowMinutes}}
