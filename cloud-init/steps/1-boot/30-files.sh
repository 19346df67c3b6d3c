# shellcheck shell=bash
# Files: root/ and (with the secrets) handover/ are copied to the paths that they show. A file that an
# earlier run placed and that is no longer in the bundle is removed.

# attributes TARGET MODE: sets the mode and owner that a file is to have where it lands.
attributes() {
	mode=$2 owner=root:root
	case $1 in
	/etc/pgbackrest/*) mode=640 owner=root:postgres ;;
	/etc/sudoers.d/*) mode=440 ;;
	esac
}

# look FOLDER FILE…: mode, owner, digest and name of those files below the folder that are there. All at once: a process
# for each would take most of a converge that has nothing to do.
look() {
	local file files=()
	for file in "${@:2}"; do [[ ! -f $1$file ]] || files+=("$1$file"); done
	((${#files[@]} == 0)) || paste --delimiters ' ' <(stat --format '%a %U:%G' "${files[@]}") <(sha256sum "${files[@]}")
}

# place SOURCE TARGET MODE OWNER:GROUP
place() {
	mkdir -p "$(dirname "$2")"
	put "$2" "$3" "${4%:*}" "${4#*:}" <"$1"
}

sync_tree() {
	local tree=$1 source target mode owner sum targets said=1
	local -A found
	[[ -d $bundle/$tree ]] || return 0
	find "$bundle/$tree" -type f -printf '/%P\n' | sort >"$scratch/$tree.files"
	mapfile -t targets <"$scratch/$tree.files"

	while read -r mode owner sum target; do found[$target]="$mode $owner $sum"; done < <(look '' "${targets[@]}")
	# A hundred names are too many to read.
	[[ -f $state/$tree.files ]] || { echo "  ~ write ${#targets[@]} files" && exec {said}>/dev/null; }
	while read -r mode _ sum source; do
		target=${source#"$bundle/$tree"}
		attributes "$target" "$mode"
		[[ ${found[$target]:-} == "$mode $owner $sum" ]] || change "write $target" place "$source" "$target" "$mode" "$owner"
	done < <(look "$bundle/$tree" "${targets[@]}") >&"$said"

	if [[ -f $state/$tree.files ]]; then
		while IFS= read -r target; do
			[[ ! -e $target ]] || change "remove $target" rm "$target"
		done < <(comm -23 "$state/$tree.files" "$scratch/$tree.files")
	fi
	[[ $dry_run ]] || cmp --silent "$scratch/$tree.files" "$state/$tree.files" || put "$state/$tree.files" <"$scratch/$tree.files"
}

for tree in root handover; do sync_tree "$tree"; done

when_changed sysctl 'apply kernel settings' 'systemctl restart systemd-sysctl.service' /etc/sysctl.d/99-zz-mastodon*.conf
mapfile -t unit_files < <(find /etc/systemd/system /etc/containers -type f | sort)
when_changed daemon-reload 'read the units again' 'systemctl daemon-reload' "${unit_files[@]}"
apply nftables.service systemd-journald.service
