#!/usr/bin/env bash
# The whole machine: Caddy, which gets itself a certificate, and a timer that writes the page.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -qy caddy curl

install -d /var/www/status
cat >/usr/local/bin/look <<'END_OF_LOOK'
{{look}}
END_OF_LOOK
chmod 755 /usr/local/bin/look

cat >/etc/systemd/system/look.service <<'END'
[Service]
Type=oneshot
ExecStart=/usr/local/bin/look {{url}} /var/www/status
END
cat >/etc/systemd/system/look.timer <<'END'
[Timer]
OnCalendar=minutely
[Install]
WantedBy=timers.target
END
systemctl daemon-reload
systemctl enable --now look.timer

cat >/etc/caddy/Caddyfile <<'END'
{{host}} {
	root * /var/www/status
	file_server
}
END
systemctl restart caddy
