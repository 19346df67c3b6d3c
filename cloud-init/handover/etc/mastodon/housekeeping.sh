# shellcheck shell=bash disable=SC2034,SC1083
# What is cleared away when (days; 0: never), and how much the buckets hold.
remote_media_days={{remoteMediaDays}}
preview_cards_days={{previewCardsDays}}
statuses_days={{statusesDays}}
media_gb={{mediaGb}}
backup_gb={{backupGb}}
backup_weeks={{backupRetentionFull}}
# In UTC; minutes.
window_start={{windowStart}}
window_minutes={{windowMinutes}}
