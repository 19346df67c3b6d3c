# shellcheck shell=bash
# Who is no administrator any more is out before anything else is done: whatever may fail later, this must not wait for it.

# `revoke NAME`: the account stays, so that no other account gets its number and with it its files. What was started in its sessions
# ends, root's shells included.
revoke() {
	rm -f "/etc/ssh/authorized_keys.d/$1"
	usermod --lock --expiredate 1 --shell /usr/sbin/nologin --groups '' "$1"
	crontab -r -u "$1" 2>/dev/null || true
	loginctl disable-linger "$1" 2>/dev/null || true
	loginctl kill-user --signal=KILL "$1" 2>/dev/null || true
	pkill -KILL -u "$1" || true
}
for name in $(getent group administrators | cut -d: -f4 | tr , ' '); do
	[[ " ${administrators[*]} " == *" $name "* ]] || change "revoke the administrator $name" revoke "$name"
done

# Nor does a password open anything, at Civo's console say. Not locked ('!'): where UsePAM is off, sshd refuses the keys of such an
# account, too (platform_locked_account in OpenSSH's platform.c).
for name in $(getent shadow | awk -F : '$2 !~ /^[!*]/ { print $1 }'); do change "take the password of $name" usermod --password '*' "$name"; done

# A key that no setting names opens nothing.
for file in /etc/ssh/authorized_keys.d/*; do
	[[ " deploy ${administrators[*]} " == *" ${file##*/} "* ]] || change "remove $file" rm "$file"
done
