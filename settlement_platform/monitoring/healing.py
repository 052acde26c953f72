"""What is tried by itself against a trouble, how often, and when that stops. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from settlement_platform.monitoring.checks import Check
from settlement_platform.monitoring.slot import SLOT_LOST, SLOT_MISSING
from settlement_platform.monitoring.streaming import MISSING
from settlement_platform.monitoring.troubles import Trouble, Troubles
from settlement_platform.streaming.flink_client import ENDED

FAILING_LOOKS = 2
"""What passes by itself within a look is left alone."""
WAITS_SECONDS = (60.0, 180.0, 300.0)
"""What each try is given before the next one, and the last before healing stops."""
MOST_TRIES = len(WAITS_SECONDS)

CONNECTOR_STATES = frozenset({"MISSING", "FAILED", "PAUSED", "STOPPED"})
SLOT_STATES = frozenset({SLOT_MISSING, SLOT_LOST})
"""Converging the connector makes it read all tables anew."""
JOB_STATES = frozenset({MISSING, *ENDED})
"""Of a job that is alive Flink takes care itself."""


@dataclass(frozen=True)
class Try:
    """Converge what a truth is about, for the n-th time since it began to fail."""

    truth: str
    number: int
    since_seconds: float

    @property
    def key(self) -> str:
        """The same try asked for twice is one."""
        return f"{self.truth} {self.since_seconds:.0f} {self.number}"

    def __str__(self) -> str:
        return f"{self.number} of {MOST_TRIES}"


def is_healable(check: Check, states: frozenset[str]) -> bool:
    """Whether converging may help: its system answers, and says that it is in such a state."""
    return not check.ok and check.measured.get("state") in states


def heal(
    troubles: Troubles, healable: Mapping[str, bool], now_seconds: float
) -> tuple[Troubles, list[Try]]:
    """What to try now, and the troubles with it written down.

    `healable`: the truths that can be healed at all, and whether converging may help them now.
    """
    after, tries = dict(troubles), []
    for truth, may_help in healable.items():
        trouble = troubles.get(truth)
        if (
            trouble is None
            or trouble.failing_looks < FAILING_LOOKS
            or not _is_due(trouble, now_seconds)
        ):
            continue
        number = len(trouble.tries_at_seconds) + 1
        if number > MOST_TRIES:
            after[truth] = replace(trouble, gave_up=True)
        elif may_help:
            tries.append(Try(truth, number, trouble.since_seconds))
            at = (*trouble.tries_at_seconds, now_seconds)
            after[truth] = replace(trouble, tries_at_seconds=at)
    return after, tries


def _is_due(trouble: Trouble, now_seconds: float) -> bool:
    tried = trouble.tries_at_seconds
    return not tried or now_seconds - tried[-1] >= WAITS_SECONDS[len(tried) - 1]
