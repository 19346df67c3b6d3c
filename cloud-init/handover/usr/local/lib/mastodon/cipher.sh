# shellcheck shell=bash
# What lies in the buckets encrypted by gpg. Sourced behind a folder $scratch of root's own, whose owner calls end_of_cipher.

# cipher ENCRYPT-OR-DECRYPT-OPTION…: from standard input to standard output. The passphrase comes from a file.
cipher() {
	gpg --batch --quiet --no-tty --homedir "$scratch" --pinentry-mode loopback \
		--passphrase-file /etc/mastodon/backup-passphrase "$@"
}
end_of_cipher() { gpgconf --homedir "$scratch" --kill all 2>/dev/null || true; }
