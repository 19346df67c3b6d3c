"""In which order a machine looks, writes and waits: generators, for the real machine and for the simulation alike.

A loop yields what is to be done and is sent what came of it: for `Look` the sight, for an action the trouble with it or "".
The process that carries it out refuses to write more than STOOD_STILL seconds after the look began: a machine that was frozen in between
would overwrite what happened since.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

from .actions import LOOK, Action, HandedOver, Refuse, Service, Sight, Supersede, Taken
from .holding import Holder, hold
from .taking import Taker, take


@dataclass(frozen=True)
class Look:
    """Reads both objects and, to be thorough, which terms the bucket knows of."""

    thorough: bool


@dataclass(frozen=True)
class Sleep:
    seconds: float


@dataclass(frozen=True)
class AskService:
    """What this machine is at."""


Effect = Look | Sleep | AskService | Action


def taking(taker: Taker) -> Generator[Effect, Any, Taken | Refuse]:
    """Waits until the lease is this machine's, or an administrator has to decide."""
    unwritten = ""
    while True:
        sight: Sight = yield Look(thorough=True)
        taker, actions = take(taker, replace(sight, unwritten=unwritten) if unwritten else sight)
        unwritten = ""
        for action in actions:
            if isinstance(action, (Taken, Refuse)):
                return action
            unwritten = yield action
            if unwritten:
                break
        yield Sleep(LOOK)


def holding(holder: Holder) -> Generator[Effect, Any, Supersede | HandedOver]:
    """Holds the lease, until it is handed over or lost."""
    unwritten = ""
    while True:
        sight: Sight = yield Look(thorough=not holder.serves or holder.asking is not None)
        service: Service = yield AskService()
        holder, actions = hold(holder, replace(sight, unwritten=unwritten) if unwritten else sight, service)
        unwritten = ""
        for action in actions:
            if isinstance(action, (Supersede, HandedOver)):
                return action
            unwritten = yield action
            if unwritten:
                break
        yield Sleep(holder.pause)
