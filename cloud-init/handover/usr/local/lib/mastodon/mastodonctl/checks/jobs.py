"""What is said of Sidekiq's jobs, as it keeps them in Redis: text that Mastodon, other servers and relays have a part in."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .findings import DAY, MINUTE, Figure, Finding, duration, judged, series

LATENCY_LIMIT = 15 * MINUTE
MAILS_LIMIT = 3
FAILED_LIMIT = 50
LINE_LIMIT = 300
# Newer versions count milliseconds.
MILLISECONDS = 100_000_000_000
LAST_MOMENT = 10**15
# What a relay says of one address, too. All others mean that no mail goes out.
OF_ONE_ADDRESS = ("Net::SMTPFatalError", "Net::SMTPSyntaxError", "Net::SMTPServerBusy")
MAILERS = "mailers"
# These wait for other servers, of which some are always away.
ELSEWHERE = ("push", "pull", "ingress", "fasp")


def moment(value: object) -> float | None:
    """In seconds; None where it is no moment."""
    # NaN is not below anything.
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < LAST_MOMENT:
        return None
    return value / 1000 if value > MILLISECONDS else value


def read_job(text: str) -> dict[str, Any] | None:
    try:
        job = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return job if isinstance(job, dict) else None


@dataclass(frozen=True)
class Queue:
    name: str
    length: int
    oldest: str
    """The job that waits longest. The newest is at the head of the list."""


def latency(queue: Queue, now: int) -> int:
    job = read_job(queue.oldest) or {}
    since = moment(job.get("enqueued_at"))
    return 0 if since is None else now - int(since)


def queues(seen: Sequence[Queue], now: int) -> Iterator[Finding]:
    worst, slowest = 0, "none"
    for queue in seen:
        waits = latency(queue, now)
        yield Figure(series("mastodon_queue_length", "queue", queue.name), queue.length)
        yield Figure(series("mastodon_queue_latency_seconds", "queue", queue.name), waits)
        if waits > worst:
            worst, slowest = waits, queue.name
    problem = ""
    if worst > LATENCY_LIMIT:
        problem = (
            f"The oldest job of the queue {slowest} has waited for {duration(worst)}; expected at most 15 minutes. "
            "journalctl -u 'mastodon-sidekiq*', or more processors and memory by the setting size"
        )
    yield judged("queues", f"{sum(queue.length for queue in seen)} jobs wait, the longest for {worst} s", problem)


def waiting(jobs: Mapping[str, int]) -> Iterator[Figure]:
    """How many are tried again, wait for their time, or are given up."""
    for name, count in jobs.items():
        yield Figure(series("mastodon_jobs", "in", name), count)


@dataclass(frozen=True)
class Failed:
    queue: object
    kind: str
    error_class: object
    error: str
    at: float


def line(text: str) -> str:
    """One short line, whatever it was."""
    shown = "".join(one if one.isprintable() else " " for one in text)
    return re.sub(" +", " ", shown)[:LINE_LIMIT]


def word(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def failed_job(job: dict[str, Any]) -> Failed | None:
    """None where it does not say when it failed, as one that was put there by hand."""
    at = moment(job.get("retried_at") or job.get("failed_at"))
    if at is None:
        return None
    error_class = job.get("error_class")
    kind, error = word(job.get("wrapped") or job.get("class")), f"{word(error_class)}: {word(job.get('error_message'))}"
    return Failed(job.get("queue"), line(kind), error_class, line(error), at)


def recent_failures(lines: Iterable[str], now: int) -> list[Failed]:
    """Within a day, as Sidekiq waits that long between two attempts: within an hour a failure would seem to be over."""
    found = (failed_job(job) for text in lines if (job := read_job(text)) is not None)
    return [one for one in found if one is not None and now - one.at < DAY]


def newest(failed: Sequence[Failed]) -> str:
    return max(reversed(failed), key=lambda one: one.at).error


def failures(lines: Iterable[str], now: int, server: str) -> tuple[Finding, ...]:
    """Mail that the relay refuses waits in no queue, and nothing else would show it. The lines: jobs that Sidekiq will try again, as JSON."""
    failed = recent_failures(lines, now)
    mails = [one for one in failed if one.queue == MAILERS]
    certain = any(one.error_class not in OF_ONE_ADDRESS for one in mails)
    mail_problem = ""
    if certain or len(mails) >= MAILS_LIMIT:
        mail_problem = (
            f"Mastodon can't send its mail; messages that wait: {len(mails)}. The last answer was: {newest(mails)}. See the settings smtp; "
            f"bin/mastodon doctor sends one. Then they go out from https://{server}/sidekiq, Retries, or by themselves"
        )
    kinds: dict[str, list[Failed]] = defaultdict(list)
    for one in failed:
        if one.queue not in (*ELSEWHERE, MAILERS):
            kinds[one.kind].append(one)
    most = max(kinds.values(), key=lambda jobs: (len(jobs), jobs[0].kind), default=[])
    problem = ""
    if len(most) > FAILED_LIMIT:
        problem = (
            f"{len(most)} jobs of {most[0].kind} failed within a day; expected at most {FAILED_LIMIT}. "
            f"The last error was: {newest(most)}. journalctl -u 'mastodon-sidekiq*'"
        )
    return (
        Figure("mastodon_mail_jobs_failed", len(mails)),
        judged("mail", f"messages that wait to be sent again: {len(mails)}", mail_problem, bad=True),
        judged("failed-jobs", f"jobs of one kind that wait to be tried again: at most {len(most)}", problem),
    )
