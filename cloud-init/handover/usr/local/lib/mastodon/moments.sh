# shellcheck shell=bash disable=SC2034,SC2154
# Which backup and which timeline lead to $moment (empty: the newest state). Sourced behind database.sh.
history='' timeline=''

# The timeline that was the living one at that moment: a restore begins a new one, and what it overwrote lies on the old.
choose_timeline() {
	local time number path next='' chosen=''
	timelines=$(list_timelines)
	while read -r time number path; do
		[[ $number ]] || continue
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
		--argjson moment "$(if [[ $moment ]]; then date --date "$moment" +%s; else echo 9999999999; fi)" '
		def hex: ascii_downcase | explode | reduce .[] as $c (0; . * 16 + (if $c > 57 then $c - 87 else $c - 48 end));
		def lsn: split("/") | (.[0] | hex) * 4294967296 + (.[1] | hex);
		reverse[] | select(.timestamp.stop <= $moment)
		| (.archive.stop[0:8] | hex | tostring) as $own
		| (first($switches[] | select(.timeline == $own)) // null) as $switch
		| select($own == $timeline or ($switch != null and (.lsn.stop | lsn) <= ($switch.lsn | lsn)))
		| .label' <<<"$backups"
}
