# shellcheck shell=bash
# One Unix account per administrator; their keys are files of handover/etc/ssh/authorized_keys.d.
getent group administrators >/dev/null || change 'create the group administrators' groupadd administrators
groups=administrators,adm,systemd-journal
for name in "${administrators[@]}"; do
	if ! id "$name" >/dev/null 2>&1; then
		change "create the account $name" useradd --create-home --password '*' --shell /bin/bash --groups "$groups" "$name"
	elif [[ " $(id --name --groups "$name") " != *" administrators "* ]]; then
		# Also one that was revoked before.
		change "make $name an administrator" usermod --expiredate '' --password '*' --shell /bin/bash --append --groups "$groups" "$name"
	fi
done
# sshd lets in the members of two groups. The first boot makes the account, and its group with it.
join_deploy() {
	groupadd --force deploy
	gpasswd --add deploy deploy >/dev/null
}
if [[ ! $boot ]]; then
	[[ " $(id --name --groups deploy) " == *' deploy '* ]] || change 'let deploy log in' join_deploy
	apply ssh.service
fi
