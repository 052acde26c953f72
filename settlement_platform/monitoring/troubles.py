"""Truths that do not hold, followed from look to look. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from settlement_platform.monitoring.checks import Check, Severity


@dataclass(frozen=True)
class Patience:
    """How many looks in a row it takes until an alarm begins, by severity, and until it ends."""

    error_looks: int
    warning_looks: int
    good_looks: int


@dataclass(frozen=True)
class Trouble:
    """A truth that does not hold, or has only just begun to hold again.

    Instants are epoch seconds. `failing_looks`, `error_looks` and `good_looks` count looks in a
    row. `alarmed` is the severity that was told, None before. `tries_at_seconds` is when healing
    was asked for; `gave_up` once it is not asked for any more.
    """

    since_seconds: float
    severity: Severity
    cause: str
    remedy: str
    failing_looks: int = 0
    error_looks: int = 0
    good_looks: int = 0
    alarmed: Severity | None = None
    tries_at_seconds: tuple[float, ...] = ()
    gave_up: bool = False

    def grade(self, patience: Patience) -> Severity | None:
        """How grave it has proved to be; None while it may pass by itself."""
        if self.error_looks >= patience.error_looks:
            return "error"
        return "warning" if self.failing_looks >= patience.warning_looks else None


Troubles = Mapping[str, Trouble]
"""By truth: `asset:check`, as Dagster writes it."""


def follow(
    before: Troubles, seen: Mapping[str, Check], now_seconds: float, patience: Patience
) -> tuple[Troubles, Troubles]:
    """The troubles after a look, and those that are over.

    One is over once its truth has held for some looks in a row, or is not looked at any more.
    """
    after: dict[str, Trouble] = {}
    over: dict[str, Trouble] = {}
    for truth, check in seen.items():
        trouble = _look(before.get(truth), check, now_seconds)
        if trouble is None:
            continue
        is_over = trouble.good_looks >= patience.good_looks
        (over if is_over else after)[truth] = trouble
    over |= {truth: trouble for truth, trouble in before.items() if truth not in seen}
    return after, over


def _look(known: Trouble | None, check: Check, now_seconds: float) -> Trouble | None:
    if check.ok:
        if known is None:
            return None
        return replace(known, good_looks=known.good_looks + 1, failing_looks=0, error_looks=0)
    cause, remedy = str(check.cause), str(check.remedy)
    known = known or Trouble(now_seconds, check.severity, cause, remedy)
    return replace(
        known,
        severity=check.severity,
        cause=cause,
        remedy=remedy,
        failing_looks=known.failing_looks + 1,
        error_looks=known.error_looks + 1 if check.severity == "error" else 0,
        good_looks=0,
    )
