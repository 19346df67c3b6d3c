"""Whether an imported database is one that this server can serve: its schema and its keys. Mastodon itself decides, in a container."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from .console import Failure, joined, printable, say, warn
from .postgres import Cluster, mastodon

CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
OTP_SWITCH = "MIGRATION_IGNORE_INVALID_OTP_SECRET"
# That the old server has moved in. The database takes it along into backups and to other machines.
MARK = "CREATE SCHEMA IF NOT EXISTS operations; CREATE TABLE IF NOT EXISTS operations.import ()"
LOCKED_OUT = """SELECT string_agg(username, ' ' ORDER BY username)
FROM public.users JOIN public.accounts ON accounts.id = account_id WHERE otp_required_for_login AND otp_secret IS NULL"""

# Whatever is encrypted: two-factor secrets, and since Mastodon 4.7 the keys that accounts sign with (Keypair).
OPEN_ALL = """
Rails.application.eager_load!
models = ActiveRecord::Base.descendants.select { |model| model.encrypted_attributes.present? && model.table_exists? }
tried = begin
  models.flat_map { |model| model.encrypted_attributes.map { |name| [model, name] } }.sum do |model, name|
    model.where.not(name => nil).limit(200).each { |row| row.public_send(name) }.size
  end
rescue ActiveRecord::Encryption::Errors::Base
  abort 'encrypted with other keys'
end
puts "opened: #{tried}"
"""


def in_mastodon(database: str, command: Sequence[str], log: Path, script: str = "") -> bool:
    """Whether a command of the web image succeeds on the database; what it says goes to the log."""
    variables = ["HOME=/tmp", "RAILS_LOG_LEVEL=warn", "SAFETY_ASSURED=1", f"DB_NAME={database}"]
    options = ["--rm", "--interactive", "--log-driver=none", "--network=host", "--pull=never", f"--volume={CERTIFICATES}:{CERTIFICATES}:ro"]
    files = [f"--env-file=/etc/mastodon/{name}.env" for name in ("mastodon", "secrets", "rails")]
    everything = ["podman", "run", *options, *files, *(f"--env={one}" for one in variables), "localhost/mastodon-web:serving", *command]
    with log.open("wb") as said:
        return subprocess.run(everything, input=script.encode(), stdout=said, stderr=said, cwd="/", check=False).returncode == 0


def lines_of(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8", errors="replace").splitlines()


def migrate(cluster: Cluster, database: str, log: Path, force: bool) -> None:
    """Brings the schema up to date. Where the second factor of people is lost by that, only with `force`."""
    say("bringing the schema up to date …")
    task = ["bundle", "exec", "rails", "db:migrate"]
    if in_mastodon(database, task, log):
        return
    # Mastodon's migration of two-factor secrets, where OTP_SECRET once changed: it names one account, and this switch.
    asks_for_switch = any(OTP_SWITCH in line for line in lines_of(log))
    if not (asks_for_switch and in_mastodon(database, ["env", f"{OTP_SWITCH}=true", *task], log)):
        raise Failure(f"the migrations failed, nothing was changed: {printable(chr(10).join(lines_of(log)[-20:]), 20_000)}")
    locked_out = printable(mastodon(cluster, database).ask(LOCKED_OUT), 20_000)
    warn(
        f"OTP_SECRET does not open the second factor of: {locked_out}. It changed after they set it up, or is not the old server's. They get in "
        "with a backup code, or once you have run: bin/mastodon tootctl accounts modify NAME --disable-2fa"
    )
    if not force:
        raise Failure("compare OTP_SECRET with the old server first. Where it is right, continue with --force. Nothing was changed")


def open_with_keys(database: str, log: Path) -> None:
    """Raises Failure where this server's keys don't open what the database holds encrypted."""
    say("opening it with this server's keys …")
    if not in_mastodon(database, ["bundle", "exec", "rails", "runner", "-"], log, OPEN_ALL):
        raise Failure(
            f"the dump does not open with this server's ACTIVE_RECORD_ENCRYPTION keys ({joined(lines_of(log)[-1:], 1)}). Make a new stack, and "
            "bring the old server's file in before its first pulumi up: bin/mastodon import --env .env.production. Nothing was changed"
        )
    if "opened: 0" in lines_of(log):
        warn(
            "Nothing in the dump is encrypted (no account has a second factor), so nothing proved that the stack's ACTIVE_RECORD_ENCRYPTION keys are "
            "the old server's."
        )
