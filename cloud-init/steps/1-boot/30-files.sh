# shellcheck shell=bash
# Files: root/ and (with the secrets) handover/ are copied to the paths that they show. A file that an
# earlier run placed and that is no longer in the bundle is removed.
attributes() {
	case $1 in
	/etc/pgbackrest/*) echo 640 root:postgres ;;
	/etc/sudoers.d/*) echo 440 root:root ;;
	*) echo "$2" root:root ;;
	esac
}

# place SOURCE TARGET MODE OWNER: whole or not at all, also when the power fails.
place() {
	mkdir -p "$(dirname "$2")"
	cp "$1" "$2.new"
	chown "$4" "$2.new"
	chmod "$3" "$2.new"
	mv "$2.new" "$2"
}

sync_tree() {
	local tree=$1 source target mode owner
	[[ -d $bundle/$tree ]] || return 0
	while IFS= read -r source; do
		target=${source#"$bundle/$tree"}
		read -r mode owner < <(attributes "$target" "$(stat --format %a "$source")")
		if ! cmp --silent "$source" "$target" || [[ $(stat --format '%a %U:%G' "$target") != "$mode $owner" ]]; then
			change "write $target" place "$source" "$target" "$mode" "$owner"
		fi
		echo "$target" >>"$scratch/$tree.files"
	done < <(find "$bundle/$tree" -type f | sort)

	if [[ -f $state/$tree.files ]]; then
		while IFS= read -r target; do
			[[ ! -e $target ]] || change "remove $target" rm "$target"
		done < <(comm -23 "$state/$tree.files" "$scratch/$tree.files")
	fi
	[[ $dry_run ]] || cp "$scratch/$tree.files" "$state/$tree.files"
}

for tree in root handover; do sync_tree "$tree"; done

# The bundle itself stays, for administrators to look at and for converge --dry-run.
if [[ ! $dry_run && $bundle != /usr/local/lib/mastodon/bundle ]]; then
	rm -rf /usr/local/lib/mastodon/bundle
	cp -r "$bundle" /usr/local/lib/mastodon/bundle
	rm -rf /usr/local/lib/mastodon/bundle/handover
	ln -sfn /usr/local/lib/mastodon/bundle/converge /usr/local/sbin/converge
fi

when_changed sysctl 'apply kernel settings' 'systemctl restart systemd-sysctl.service' /etc/sysctl.d/60-mastodon.conf
mapfile -t unit_files < <(find /etc/systemd/system /etc/containers/systemd -type f | sort)
when_changed daemon-reload 'read the units again' 'systemctl daemon-reload' "${unit_files[@]}"
apply nftables.service systemd-journald.service
