"""The clocks of the databases against this machine's: an instant of one is compared with others."""

from __future__ import annotations

import datetime as dt

from settlement_platform.monitoring.checks import Check, fails, holds

CLOCK_SECONDS = 1.0
"""By how much two clocks may disagree."""


def clock_ahead(theirs: dt.datetime, asked_at: float, answered_at: float) -> float:
    """By how many seconds a clock that was read is ahead of ours at least, below 0 if behind.

    `asked_at` and `answered_at` are ours (epoch seconds): whatever lies between may be right.
    """
    said = theirs.timestamp()
    return said - min(max(said, asked_at), answered_at)


def clock_check(ahead_seconds: dict[str, float]) -> Check:
    """The clocks by name, each by how much it is ahead of this machine's. Pure."""
    name = "clocks_agree"
    measured = {f"{at.lower()}_ahead_seconds": ahead for at, ahead in ahead_seconds.items()}
    found = [*ahead_seconds.values(), 0.0]
    told = ", ".join(f"{at}'s by {ahead:+.1f} s" for at, ahead in ahead_seconds.items())
    if max(found) - min(found) > CLOCK_SECONDS:
        cause = f"the clocks disagree: against this machine's, {told}"
        remedy = "set the clocks of the machines: as_of is an instant of the core's clock"
        return fails(name, cause, remedy, "warning", **measured)
    return holds(name, f"within {CLOCK_SECONDS:.0f} s of this machine's", **measured)
