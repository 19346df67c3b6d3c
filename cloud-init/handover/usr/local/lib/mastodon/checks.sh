# shellcheck shell=bash disable=SC2034
# What is looked at, and from when on it is not as it should be: by the watch every five minutes, and by `status` when somebody
# asks. Sourced behind database.sh, dumps.sh and housekeeping.sh. Who sources it defines `judge NAME FACT PROBLEM [bad]` (no
# problem: all is well) and opens descriptor 7 for figures, in Prometheus' text format.
# shellcheck disable=SC2154 # what those files set

minute=60 hour=3600 day=86400
now=$(date +%s)
checks=(lease services upgrade queues failures database checksums connections bucket log proof secondary versions stores certificate disk clock updates)

# look CHECK: sets $looked to its exit status. Behind || or if, bash would not end it at a failure.
look() {
	set +e
	(
		set -e
		"check_$1"
	)
	looked=$?
	set -e
}

duration() {
	local seconds
	seconds=$(number "$1")
	if ((seconds >= 2 * day)); then
		echo "$((seconds / day)) days"
	elif ((seconds >= 2 * hour)); then
		echo "$((seconds / hour)) hours"
	else
		echo "$((seconds / minute)) minutes"
	fi
}

# began JOB: when the job was first due.
began() { stat --format %Y "$state/done/first-$1" 2>/dev/null || echo "$now"; }

# judge_age NAME WHAT NEWEST LIMIT REMEDY
judge_age() {
	local age limit text=''
	age=$((now - $(number "$3")))
	limit=$(number "$4")
	echo "mastodon_age_seconds{of=\"$1\"} $age" >&7
	((age <= limit)) || text="$2 is $(duration "$age") old; expected at most $(duration "$limit"). $5"
	judge "age-of-$1" "$(duration "$age")" "$text"
}

check_lease() {
	local text=''
	if [[ -e $state/superseded ]]; then
		text="This machine must not serve: $(<"$state/superseded")"
	elif [[ ! -e /run/mastodon/lease-held ]]; then
		text='This machine does not know that it holds the lease, so it serves nothing: journalctl -u mastodon-lease'
	fi
	judge lease "${text:+not }held" "$text" bad
}

# stands_still UNIT: whether it is down for more than a restart takes, or starts again and again.
stands_still() {
	local since uptime restarts
	if systemctl --quiet is-active "$1"; then return 1; fi
	since=$(number "$(systemctl show --property=StateChangeTimestampMonotonic --value "$1")")
	restarts=$(number "$(systemctl show --property=NRestarts --value "$1")")
	uptime=$(number "$(cut -d. -f1 /proc/uptime)")
	((restarts >= 3 || uptime - since / 1000000 > 2 * minute))
}

check_services() {
	local unit process count=0 down=() text=''
	while read -r unit _; do
		process=${unit#mastodon-sidekiq@}
		# A process of Sidekiq that this machine is too small for is none that is down.
		[[ $process == "$unit" || -e /etc/mastodon/sidekiq/${process%.service}.env ]] || continue
		count=$((count + 1))
		if stands_still "$unit"; then down+=("$unit"); fi
	done < <(systemctl list-units --all --plain --no-legend --type service 'mastodon-web*' 'mastodon-streaming*' \
		'mastodon-sidekiq*' nginx.service redis-server.service "$postgresql")
	# Behind the maintenance page, and while PostgreSQL is updated, they were stopped on purpose.
	if ((${#down[@]})) && [[ ! -e $state/maintenance && ! -e /run/mastodon/update-began ]]; then text="These don't run: ${down[*]}. journalctl -u ${down[0]}"; fi
	judge services "$((count - ${#down[@]})) of $count run" "$text" bad
}

# While converge is at work an upgrade is no news.
check_upgrade() {
	local text=''
	if [[ -e $state/upgrade.json ]] && flock --nonblock /run/mastodon/converge.lock true; then
		text="The upgrade to Mastodon $(jq --raw-output '.to | split(" ")[0]' "$state/upgrade.json") was cut short or failed half-way; run pulumi up again. What it did so far: $state/upgrade-report.json"
	fi
	judge upgrade "$(cut -d' ' -f1 "$state/release" 2>/dev/null || echo none)" "$text" bad
}

# Sidekiq's queues, as it keeps them in Redis: the newest job is at the head of a list. Older versions count seconds, newer ones
# milliseconds.
check_queues() {
	local queue length oldest latency worst=0 slowest=none waiting=0 text=''
	for queue in $(redis-cli smembers queues | sort); do
		length=$(number "$(redis-cli llen "queue:$queue")")
		oldest=$(redis-cli lindex "queue:$queue" -1 | jq '.enqueued_at // empty | if . > 100000000000 then . / 1000 else . end | floor')
		[[ $oldest =~ ^[0-9]+$ ]] || oldest=$now
		latency=$((now - oldest))
		echo "mastodon_queue_length{queue=\"$queue\"} $length" >&7
		echo "mastodon_queue_latency_seconds{queue=\"$queue\"} $latency" >&7
		waiting=$((waiting + length))
		if ((latency > worst)); then worst=$latency slowest=$queue; fi
	done
	for queue in retry schedule dead; do echo "mastodon_jobs{in=\"$queue\"} $(redis-cli zcard "$queue")" >&7; done
	((worst <= 15 * minute)) ||
		text="The oldest job of the queue $slowest has waited for $(duration "$worst"); expected at most 15 minutes. journalctl -u 'mastodon-sidekiq*', or more processors and memory by the setting size"
	judge queues "$waiting jobs wait, the longest for $worst s" "$text"
}

# Mail that the relay refuses waits in no queue, and nobody else would notice. The first 5,000 are those that are tried next.
check_failures() {
	local told
	told=$(redis-cli zrange retry 0 4999 |
		jq --null-input --raw-input --raw-output --argjson now "$now" --arg server "$web_domain" --from-file /usr/local/lib/mastodon/failed-jobs.jq)
	mapfile -t told <<<"$told"
	echo "mastodon_mail_jobs_failed ${told[0]}" >&7
	judge mail "${told[1]}" "${told[2]}" bad
	judge failed-jobs "${told[3]}" "${told[4]:-}"
}

# Autovacuum keeps tables small and transaction numbers from running out, unless something holds it up.
check_database() {
	local size age dead oldest text=''
	size=$(number "$(query "SELECT pg_database_size('mastodon_production')")")
	age=$(number "$(query "SELECT max(age(datfrozenxid)) FROM pg_database")")
	dead=$(number "$(figure_of_mastodon "SELECT coalesce(max(n_dead_tup * 100 / (n_live_tup + n_dead_tup)), 0) FROM pg_catalog.pg_stat_user_tables
		WHERE n_live_tup + n_dead_tup > 100000")")
	oldest=$(number "$(query "SELECT coalesce(extract(epoch FROM max(now() - xact_start))::bigint, 0) FROM pg_stat_activity
		WHERE datname = 'mastodon_production' AND backend_type = 'client backend'")")
	echo "mastodon_database_bytes $size" >&7
	echo "mastodon_database_dead_rows_percent $dead" >&7
	echo "mastodon_database_transaction_age $age" >&7
	if ((oldest > 6 * hour)); then
		text="A transaction is open for $(duration "$oldest"), and keeps dead rows from being cleared away: SELECT pid, query FROM pg_stat_activity ORDER BY xact_start"
	elif ((dead > 40)); then
		text="$dead % of the rows of a table are dead; autovacuum does not keep up: sudo /usr/local/lib/mastodon/in-database psql -c 'VACUUM (VERBOSE, ANALYZE)', and see pg_stat_user_tables"
	elif ((age > 1000000000)); then
		text="$age transactions are not frozen; at 2100000000 the database stops. VACUUM (FREEZE, VERBOSE)"
	fi
	judge database "$(human "$size")" "$text"
}

# Pages that PostgreSQL read and that are not what it had written. A restore sets the counters to zero, a crash does, too.
check_checksums() {
	local enabled failures where text=''
	enabled=$(query 'SHOW data_checksums')
	IFS='|' read -r failures where < <(query "SELECT coalesce(sum(checksum_failures), 0),
		string_agg(coalesce(datname, 'shared tables'), ', ') FILTER (WHERE checksum_failures > 0) FROM pg_stat_database")
	failures=$(number "$failures")
	echo "mastodon_database_checksum_failures $failures" >&7
	((failures == 0)) ||
		text="$failures pages were read with a wrong checksum ($where): the disk has changed what PostgreSQL wrote. The backups have them right: see docs/runbooks.md, 'A page of the database is broken'"
	judge page-checksums "$enabled, $failures wrong pages" "$text" bad
}

# judge_pool NAME WHAT USED LIMIT REMEDY: what is full refuses everybody, so it is told before.
judge_pool() {
	local used limit text=''
	used=$(number "$3")
	limit=$(number "$4")
	printf 'mastodon_connections{of="%s"} %d\nmastodon_connections_limit{of="%s"} %d\n' "$1" "$used" "$1" "$limit" >&7
	((used * 100 <= limit * 80)) || text="$2 uses $used of $limit connections; expected at most 80 %. $5"
	judge "connections-of-$1" "$used of $limit" "$text"
}

# nginx has one connection with each visitor and one with the process that answers (ngx_connection.c counts both); its workers
# share them about evenly.
check_connections() {
	local used limit
	used=$(ss --no-header --tcp --numeric state established '( sport = :80 or sport = :443 or dport = :3001 or dport = :3002 or dport = :4000 )' | wc --lines)
	limit=$(number "$(awk '$1 == "worker_connections" { print $2 + 0 }' /etc/mastodon/nginx.conf)")
	judge_pool nginx nginx "$used" $((limit * $(number "$(getconf _NPROCESSORS_ONLN)"))) 'A larger machine has more: setting size'
	used=$(query "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
	limit=$(number "$(query 'SHOW max_connections')")
	judge_pool postgresql PostgreSQL "$used" "$limit" 'Who holds them: SELECT usename, application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2, 3'
}

# at_work: the jobs that take the lock of the backups, one at a time.
at_work() {
	systemctl list-units --state=activating --plain --no-legend 'mastodon-housekeeping@*.service' \
		mastodon-{backup,dump,proof}.service apt-daily-upgrade.service | cut -d' ' -f1 | paste --serial --delimiters=' '
}

# What lies in the bucket is looked up there: a job may have ended well and left nothing.
check_bucket() {
	local backups dump busy
	if ! backups=$(list_backups 2>&1); then
		judge backup-bucket 'no answer' "$backups" bad
		return
	fi
	judge backup-bucket answers ''
	busy=$(at_work)
	judge_age backup 'The newest backup' "$(jq --argjson began "$(began backup)" 'last.timestamp.stop // $began' <<<"$backups")" $((26 * hour)) "journalctl -u mastodon-backup${busy:+. At work, or waiting for another of these: $busy}"
	dump=$(list_dumps backups | tail -n 1 | cut -d' ' -f1)
	if [[ $dump ]]; then dump=$(dump_time "$dump"); fi
	judge_age dump 'The newest dump' "${dump:-$(began dump)}" $((8 * day)) 'journalctl -u mastodon-dump'
}

# The oldest finished segment of the log that is not in the bucket yet.
check_log() {
	local oldest
	oldest=$(find "$data/pg_wal/archive_status" -name '*.ready' -printf '%T@\n' 2>/dev/null | sort --numeric-sort | head -n 1 | cut -d. -f1)
	judge_age log 'The oldest part of the log that waits for the bucket' "${oldest:-$now}" $((10 * minute)) "What is written since would be lost with the machine: journalctl -u $postgresql"
}

check_proof() {
	local passed kept=''
	! jq --exit-status '.passed == false' "$state/proof.json" >/dev/null 2>&1 || kept='. Old backups are kept until a proof passes, so the bucket grows'
	passed=$(jq '.lastPassed // 0' "$state/proof.json" 2>/dev/null) || passed=0
	passed=$(number "$passed")
	((passed)) || passed=$(began dump)
	judge_age proof 'The last proof that the backups can be restored' "$passed" $((8 * day)) "journalctl -u mastodon-proof$kept"
}

check_secondary() {
	if grep --quiet '^\[secondary\]' /etc/mastodon/rclone.conf; then
		judge_age secondary 'The second copy' "$(stat --format %Y "$state/secondary-copied" 2>/dev/null || began secondary)" $((26 * hour)) 'journalctl -u mastodon-secondary'
	else
		judge age-of-secondary none ''
	fi
}

# What the stores do with deleted files, as housekeeping found it: versions and a lock that were there once, and are not any more.
check_versions() {
	local name versioning lock before text
	while IFS=$'\t' read -r name versioning lock before; do
		text=''
		[[ $versioning != Suspended ]] || text="Somebody has turned off the versions of the bucket '$name'"
		[[ $lock != none || $before == - ]] || text="The object lock of the bucket '$name' ($before) is gone"
		[[ ! $text ]] || text+=": what is deleted there can't be brought back. See who has its key, and docs/backups.md, 'The second store'"
		judge "versions-of-$name" "$versioning, object lock: $lock" "$text"
	done < <(jq --raw-output 'del(.backups) | to_entries[] | [.key, .value.versioning, .value.lock, (.value.locked_before | if . == "" then "-" else . end)] | @tsv' "$state/kept-versions.json" 2>/dev/null)
}

# The daily housekeeping measures the buckets: listing a large one takes minutes.
check_stores() {
	local name setting used capacity text
	while read -r name setting capacity; do
		used=$(jq --arg name "$name" '.[$name].bytes // empty' "$state/stores.json" 2>/dev/null) || used=''
		[[ $used =~ ^[0-9]+$ && $capacity =~ ^[0-9]+$ ]] || continue
		text=''
		echo "mastodon_store_bytes{store=\"$name\"} $used" >&7
		((used <= capacity * 85 / 100)) ||
			text="The $name bucket is $((used * 100 / capacity)) % full; expected at most 85 %. Raise the setting $setting"
		judge "store-$name" "$(human "$used") of $(human "$capacity")" "$text"
	done <<<"media mediaGb $((media_gb * 1000000000))"$'\n'"backups backupGb $((backup_gb * 1000000000))"
}

fingerprint() { openssl x509 -noout -fingerprint -sha256 2>/dev/null; }

# What nginx shows for a name, here on the machine.
served() { timeout 10 openssl s_client -connect 127.0.0.1:443 -servername "$1" </dev/null 2>/dev/null | fingerprint; }

# certbot renews when a third of the lifetime is left: 30 days of 90. A new file is of no use before nginx has loaded it.
check_certificate() {
	local file=/etc/mastodon/tls/fullchain.pem from until limit name text=''
	from=$(date --date "$(openssl x509 -in "$file" -noout -startdate | cut -d= -f2)" +%s)
	until=$(date --date "$(openssl x509 -in "$file" -noout -enddate | cut -d= -f2)" +%s)
	limit=$(((until - from) * 2 / 9))
	limit=$((limit < 20 * day ? limit : 20 * day))
	echo "mastodon_certificate_seconds_left $((until - now))" >&7
	((until - now >= limit)) || text="The certificate ends at $(utc "$until"); it should have been renewed: journalctl -u certbot"
	for name in $(openssl x509 -in "$file" -noout -ext subjectAltName | grep --only-matching 'DNS:[^, ]*' | cut -d: -f2); do
		[[ $(served "$name" || true) == "$(fingerprint <"$file")" ]] ||
			text="nginx does not show the certificate of $file for $name: sudo nginx -t, then sudo systemctl reload nginx"
	done
	judge certificate "until $(utc "$until")" "$text"
}

check_disk() {
	local used text=''
	used=$(number "$(df --output=pcent "$data" | tail -n 1 | tr -dc 0-9)")
	echo "mastodon_disk_used_percent $used" >&7
	((used <= 85)) || text="The disk is $used % full; expected at most 85 %"
	judge disk "$used % full" "$text"
	((used > 95)) || text=''
	judge disk-nearly-full "$(human "$(room_for "$data")") free" "${text:+$text. At 100 % the database stops.}" bad
}

# A clock that is minutes off makes other servers refuse ours. A container has its host's, and timesyncd doesn't run there.
check_clock() {
	local synchronized text=''
	if systemd-detect-virt --quiet --container; then
		judge clock "the host's" ''
		return
	fi
	synchronized=$(timedatectl show --property=NTPSynchronized --value)
	[[ $synchronized == yes ]] || (($(number "$(cut -d. -f1 /proc/uptime)") < 15 * minute)) ||
		text='The clock is not synchronized, and other servers refuse what is signed at a wrong time: timedatectl, then sudo systemctl restart systemd-timesyncd'
	judge clock "synchronized: $synchronized" "$text"
}

# Security updates install themselves; what needs a reboot waits for the maintenance window.
check_updates() {
	local stamp=/var/lib/apt/periodic/unattended-upgrades-stamp text='' waits='no reboot is pending'
	[[ -e $stamp ]] || stamp=$state/done/first-backup
	judge_age updates 'The last look for security updates' "$(stat --format %Y "$stamp" 2>/dev/null || echo "$now")" $((4 * day)) 'journalctl -u apt-daily-upgrade'
	if [[ -e /run/reboot-required ]]; then
		waits="a reboot waits for $window_start UTC"
		(($(number "$(stat --format %Y /run/reboot-required)") > now - 8 * day)) ||
			text='An update has waited for a reboot for over 8 days: journalctl -u mastodon-reboot'
	fi
	judge reboot "$waits" "$text"
}
