# shellcheck shell=bash
# One Unix account per administrator; their keys are files of root/etc/ssh/authorized_keys.d.
getent group administrators >/dev/null || change 'create the group administrators' groupadd administrators
for name in "${administrators[@]}"; do
	id "$name" >/dev/null 2>&1 ||
		change "create the account $name" useradd --create-home --shell /bin/bash --groups administrators,adm,systemd-journal "$name"
	[[ $dry_run || " $(id --name --groups "$name") " == *" administrators "* ]] ||
		change "make $name an administrator" gpasswd --add "$name" administrators
done

dismiss() {
	gpasswd --delete "$1" administrators
	loginctl terminate-user "$1" 2>/dev/null || true
}
for name in $(getent group administrators | cut -d: -f4 | tr , ' '); do
	[[ " ${administrators[*]} " == *" $name "* ]] || change "dismiss the administrator $name" dismiss "$name"
done
[[ $boot ]] || apply ssh.service
