"""mastodonctl watch, mastodonctl status."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

from .. import alert
from ..console import Failure, printable, say, warn
from ..machine import TOOLS, replace_file
from ..programs import answer_of, carry_out
from ..release import records
from ..release.serving import deviation
from .findings import Figure, Finding, Judgement, as_metrics, judged
from .machine import Machine
from .table import CHECKS, look

VERDICTS = ("ok", "warning", "bad")
UPDATE_SECONDS = 3600
APT_SECONDS = 300
PROGRAM = "/usr/local/sbin/mastodonctl"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    one = subparsers.add_parser(
        "watch", help="looks whether all is as it should be, and raises or clears alerts; mastodon-watch.timer runs it"
    )
    one.set_defaults(run=lambda _: watch())
    one = subparsers.add_parser("status", help="prints all that can be known of this machine, as JSON; bin/mastodon status shows it")
    one.set_defaults(run=lambda _: status())


def this_machine() -> Machine:
    # What programs say is read.
    os.environ["LC_ALL"] = "C.UTF-8"
    return Machine(int(time.time()))


def watch() -> int:
    """Whether everything that should happen by itself has happened lately; silence raises an alert."""
    machine, places, figures = this_machine(), alert.Places(), list[Figure]()

    def keep(finding: Finding) -> None:
        if isinstance(finding, Figure):
            figures.append(finding)
        else:
            tell(finding, places)

    for check in CHECKS:
        failed = look(check, machine, keep)
        if failed:
            warn(f"{check}: {failed}")
        problem = "the watch could not look at it: journalctl -u mastodon-watch" if failed else ""
        tell(Judgement(f"watch-{check}", "", problem), places)
    metrics = machine.state / "metrics"
    metrics.mkdir(parents=True, exist_ok=True)
    replace_file(metrics / "watch.prom", as_metrics(figures))
    clear_away(machine)
    alert.send(places)
    if not alert.standing(places):
        alert.ping(places)
    return 0


def tell(judgement: Judgement, places: alert.Places) -> None:
    """An alert with a problem stands, one without is cleared."""
    if judgement.problem:
        alert.raise_alert(places, judgement.name, judgement.problem)
    else:
        alert.clear_alert(places, judgement.name)


def clear_away(machine: Machine) -> None:
    """What a proof left that a power cut ended, and an apt that was killed before it could."""
    asked = ["systemctl", "show", "--property=ActiveState", "--value", "mastodon-proof.service"]
    if (machine.state / "proof").exists() and answer_of(asked) in ("inactive", "failed"):
        carry_out([PROGRAM, "verify-backup", "--clean"], shown=True)
    changed = (machine.changed(path) for path in machine.run.glob("update-*"))
    if any(one is not None and machine.age(one) > UPDATE_SECONDS for one in changed):
        subprocess.run([TOOLS / "around-updates", "after"], check=False)


def status() -> int:
    machine, figures, judgements = this_machine(), list[Figure](), list[Judgement]()

    def keep(finding: Finding) -> None:
        if isinstance(finding, Figure):
            figures.append(finding)
        else:
            judgements.append(finding)

    for check in CHECKS:
        if failed := look(check, machine, keep):
            keep(judged(check, "unknown", f"It could not be looked at: {failed.splitlines()[-1]}", bad=True))
    # What else failed and was not made good, such as a unit.
    known = {one.name for one in judgements}
    judgements += [
        judged(path.name, "an alert", machine.text(path) or "") for path in alert.standing(alert.Places()) if path.name not in known
    ]
    told = {
        "server": machine.alerts.one("web_domain"),
        "machine": os.uname().nodename,
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        **judgements_as_dict(judgements),
        "versions": installed(machine),
        "updates": updates_that_wait(),
        "figures": {one.series: one.value for one in figures},
    }
    say(json.dumps(told, indent=2, ensure_ascii=False))
    return 0


def judgements_as_dict(judgements: list[Judgement]) -> dict[str, Any]:
    """With the worst verdict of all."""
    worst = max((one.verdict for one in judgements), key=VERDICTS.index, default="ok")
    return {"verdict": worst, "checks": [one.as_dict() for one in judgements]}


def mastodon_version() -> str:
    """Of what runs, which after a failed upgrade is not what the settings say."""
    try:
        serving = records.read(records.SERVING)
        if serving is None:
            return "none yet"
        problem = deviation(serving)
    except (Failure, OSError, subprocess.SubprocessError) as failure:
        return f"unknown: {printable(str(failure))}"
    return f"{serving.version}, but {problem}" if problem else str(serving.version)


def installed(machine: Machine) -> dict[str, str]:
    system = next((line for line in read_lines(Path("/etc/os-release")) if line.startswith("PRETTY_NAME=")), "")
    found = {
        "mastodon": mastodon_version(),
        "system": system.removeprefix("PRETTY_NAME=").strip('"'),
        "kernel": os.uname().release,
    }
    try:
        database = [f"postgresql-{machine.cluster.version}"]
    except (Failure, OSError, ValueError):
        database = []
    return {**found, **{name: package(name) for name in (*database, "redis-server", "nginx", "podman")}}


def read_lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines()


def package(name: str) -> str:
    """Its version; nothing if it is not installed."""
    query = ["dpkg-query", "--show", "--showformat", "${Version}", name]
    return subprocess.run(query, capture_output=True, text=True, timeout=APT_SECONDS, check=False).stdout


def updates_that_wait() -> int:
    simulate = ["apt-get", "--simulate", "--quiet=2", "upgrade"]
    done = subprocess.run(
        simulate, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=APT_SECONDS, check=False
    )
    return sum(line.startswith("Inst ") for line in done.stdout.splitlines())
