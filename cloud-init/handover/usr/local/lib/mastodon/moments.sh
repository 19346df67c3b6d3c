# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# Which backup and which timeline lead to $moment (empty: the newest state). Sourced behind database.sh.
history='' timeline=''
# For jq: the number that hexadecimal digits stand for.
hex='def hex: ascii_downcase | explode | reduce .[] as $c (0; . * 16 + (if $c > 57 then $c - 87 else $c - 48 end));'

# timelines_of BACKUPS: one line for each restore of the past, in the order in which they were made: when it ended, the timeline that
# began with it, its file. PostgreSQL numbers timelines upwards; the store's times are those of copies where a bucket was copied. A
# timeline that a backup was made on, or a later one, had begun by then, as pgBackRest tells in backup.info.
timelines_of() {
	list_timelines | jq --raw-input --slurp --raw-output --argjson backups "$1" "$hex"'
		[split("\n")[] | select(. != "") | split(" ") | {time: (.[0] | tonumber), number: (.[1] | tonumber), path: .[2]}] | sort_by(.number)
		| . as $all | .[] | .number as $number
		| [($all[] | select(.number >= $number).time),
			($backups[] | select((.archive.start[0:8] | hex) >= $number).timestamp.start)] as $times
		| "\($times | min) \($number) \(.path)"'
}

# choose_timeline BACKUPS: the one that was the living one at that moment: a restore begins a new one, and what it overwrote lies on
# the old. The newest state is on the one with the highest number.
choose_timeline() {
	local time number path next='' chosen=''
	timelines=$(timelines_of "$1")
	while read -r time number path; do
		[[ $time =~ ^[0-9]+$ && $number ]] || continue
		if [[ $moment && $(date --date "$moment" +%s) -lt $time ]]; then
			next=${next:-$path}
		else
			chosen=$number history=$path
		fi
	done <<<"$timelines"
	if [[ ! $chosen && $next ]]; then
		# Before the first restore that is known: the timeline that it left.
		chosen=$(backrest repo-get "$next" | awk 'NF >= 2 { parent = $1 } END { print parent }')
		history=''
	fi
	timeline=${chosen:-1}
}

# The backups from which the log of that timeline leads to the moment, newest first. One that was made later on another
# timeline leads elsewhere.
choose_backups() {
	local backups=$1 switches='[]'
	[[ ! $history ]] || switches=$(backrest repo-get "$history" | awk 'NF >= 2 { print $1, $2 }' |
		jq --raw-input --slurp '[split("\n")[] | select(. != "") | split(" ") | {timeline: .[0], lsn: .[1]}]')
	jq --raw-output --arg timeline "$timeline" --argjson switches "$switches" \
		--argjson moment "$(if [[ $moment ]]; then date --date "$moment" +%s; else echo 9999999999; fi)" "$hex"'
		def lsn: split("/") | (.[0] | hex) * 4294967296 + (.[1] | hex);
		reverse[] | select(.timestamp.stop <= $moment)
		| (.archive.stop[0:8] | hex | tostring) as $own
		| (first($switches[] | select(.timeline == $own)) // null) as $switch
		| select($own == $timeline or ($switch != null and (.lsn.stop | lsn) <= ($switch.lsn | lsn)))
		| .label' <<<"$backups"
}
