#!/bin/bash
# What Civo runs once, as root, at the end of the machine's first boot. It holds no secret but the one-time host key.
set -euo pipefail
exec > >(tee -a /var/log/mastodon-boot.log) 2>&1
umask 022
export DEBIAN_FRONTEND=noninteractive

# 1. The bundle: every file that this machine needs before the secrets come.
bundle=/run/mastodon/boot
mkdir -p "$bundle"
cd "$bundle"
base64 --decode <<'BUNDLE' | gunzip | bash
{{bundle}}
BUNDLE

# 2. The firewall, before anything can be reached.
apt() { apt-get -qy -o DPkg::Lock::Timeout=600 "$@"; }
command -v nft >/dev/null || apt install nftables || {
	tries=0
	until apt update || ((tries++ > 5)); do sleep 9; done # its lock isn't waited for
	apt install nftables
}
nft --file root/etc/nftables.conf

# 3. SSH as `pulumi up` expects it: the one-time host key, and the account that it deploys with.
install -m 600 /dev/stdin /etc/ssh/ssh_host_ecdsa_key <<'KEY'
{{bootHostKey}}
KEY
echo HostKey /etc/ssh/ssh_host_ecdsa_key >/etc/ssh/sshd_config.d/first-boot.conf
ssh-keygen -y -f /etc/ssh/ssh_host_ecdsa_key >/etc/ssh/ssh_host_ecdsa_key.pub
rm -f /etc/ssh/ssh_host_rsa_key* /etc/ssh/ssh_host_dsa_key*
id deploy >/dev/null 2>&1 || useradd --create-home --shell /bin/bash deploy
# Civo may have given it a password, which its console takes. Not locked ('!'): without PAM, sshd would refuse its key, too.
usermod --password '*' deploy
cp -r root/etc/ssh/. /etc/ssh/
echo 'deploy ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/deploy
systemctl try-reload-or-restart ssh.service

# 4. Everything else; again after a failure that may pass by itself. `pulumi up` shows what boot-failure holds.
for _ in {1..30}; do
	bash ./converge --boot && rm -f ../boot-failure && exit
	sleep 1
	tail -n 100 /var/log/mastodon-boot.log >../boot-failure
	sleep 60
done
exit 1
