# shellcheck shell=bash
# Objects in the buckets that gpg encrypts. Sourced behind a folder $scratch of root's own.

# cipher ENCRYPT-OR-DECRYPT-OPTION…: from standard input to standard output. The passphrase comes from a file, so that no agent of
# gpg's is needed: it would outlive the script in its unit. The count is what gpg takes where no agent measures.
cipher() {
	gpg --batch --quiet --no-tty --homedir "$scratch" --no-autostart --no-symkey-cache --s2k-count 65011712 --pinentry-mode loopback \
		--passphrase-file /etc/mastodon/backup-passphrase "$@"
}
