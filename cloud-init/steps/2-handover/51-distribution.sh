# shellcheck shell=bash
# What Ubuntu starts by itself and this server must not have: crashes' memory on the disk, a second log of everything, and
# sshd started by a socket.
for unit in apport.service rsyslog.service ssh.socket; do
	! systemctl --quiet is-enabled "$unit" 2>/dev/null || change "stop $unit" disable "$unit"
done
old_logs=(/var/log/{syslog,auth.log,cron.log,kern.log,mail.log,user.log}{,.*})
for file in "${old_logs[@]}"; do [[ ! -f $file ]] || change "remove $file, which the journal has, too" rm "$file"; done
apply ssh.service
