# shellcheck shell=bash
# Units: enabled and started, and restarted or reloaded after a change of the files that they name. Sourced by converge.

# What look_at found, by unit: the files that define it, separated by blanks; its states; when it last left "inactive". And by file:
# when that was changed. Times are microseconds since 1970, compared as text: all have the same length.
declare -A definition=() unit_file_state=() active_state=() active_since=() changed=()
# The units it looked at, and how many changes there were by then.
looked_at=() looked=-1

# look_at UNIT…: asks systemd and the file system once for all units. A process for each would be half of a converge with nothing to do.
look_at() {
	local unit key value time triggers files=()
	local properties=FragmentPath,DropInPaths,UnitFileState,ActiveState,InactiveExitTimestamp
	looked_at=("$@") looked=$changes changed=()
	for unit in "$@"; do definition[$unit]='' unit_file_state[$unit]='' active_state[$unit]='' active_since[$unit]=@0; done

	# One block for each unit, in the order asked for, and an empty line between two.
	while IFS='=' read -r key value; do
		case $key in
		'') shift ;;
		FragmentPath | DropInPaths) definition[$1]+=" $value" ;;
		UnitFileState) unit_file_state[$1]=$value ;;
		ActiveState) active_state[$1]=$value ;;
		InactiveExitTimestamp) active_since[$1]=${value:-@0} ;;
		esac
	done < <(systemctl show --timestamp=us --property="$properties" -- "$@")

	set -- "${looked_at[@]}"
	while read -r time; do active_since[$1]=$time && shift; done < <(
		for unit in "$@"; do echo "${active_since[$unit]}"; done | date --file=- +%s%6N
	)
	for unit in "${looked_at[@]}"; do
		triggers "$unit" '*'
		files+=("${triggers[@]}" "$state/done/$unit".*)
	done
	((${#files[@]} == 0)) || while read -r time key; do changed[$key]=${time/./}; done < <(
		stat --format '%.6Y %n' -- "${files[@]}" 2>/dev/null
	)
}

# look_again: after a change, which may have reached any unit.
look_again() { ((changes == looked)) || look_at "${looked_at[@]}"; }

# triggers UNIT Restart|Reload|*: sets $triggers to the files that the unit names in its X-Restart-Triggers= or X-Reload-Triggers=.
triggers() {
	local file line lines instance=${1#*@}
	triggers=()
	# Unquoted on purpose: blanks separate the files, and what they name may be patterns.
	for file in ${definition[$1]}; do
		mapfile -t lines <"$file"
		for line in "${lines[@]}"; do
			# shellcheck disable=SC2053
			[[ $line == X-$2-Triggers=* ]] || continue
			line=${line#*=}
			# shellcheck disable=SC2206
			triggers+=(${line//%i/${instance%.*}})
		done
	done
}

# follow UNIT Restart|Reload COMMAND: runs systemctl COMMAND for the unit if a file that it names has changed since it started, as after
# a boot, and since COMMAND was last run.
# shellcheck disable=SC2071 # as text, see above
follow() {
	local file triggers newest=0 record=$state/done/$1.$3
	triggers "$1" "$2"
	((${#triggers[@]})) || return 0
	for file in "${triggers[@]}"; do [[ ! ${changed[$file]:-0} > $newest ]] || newest=${changed[$file]}; done
	if [[ ${active_since[$1]} > $newest ]]; then
		[[ $dry_run || ${changed[$record]:-0} > $newest ]] || digest "${triggers[@]}" | put "$record"
	else
		when_changed "$1.$3" "${3%%-*} $1" "systemctl $3 $1" "${triggers[@]}"
	fi
}

# apply UNIT…: enables and starts a unit, and restarts or reloads it as its triggers say.
apply() {
	local unit
	look_at "$@"
	for unit in "$@"; do
		look_again
		# As systemctl is-enabled judges: its manual has the table.
		[[ ${unit_file_state[$unit]} =~ ^(enabled|enabled-runtime|static|alias|indirect|generated)$ ]] ||
			change "enable $unit" systemctl enable --quiet "$unit"
		follow "$unit" Restart restart
		look_again
		follow "$unit" Reload reload-or-restart
		look_again
		case ${active_state[$unit]} in
		active | reloading) ;;
		activating) [[ $dry_run ]] || systemctl start "$unit" ;; # as after a boot: waited for
		*) change "start $unit" systemctl start "$unit" ;;
		esac
	done
}
