"""Letters that wait for their recipients: who gets which now, and when one that fails is asked
again. Pure.

A letter is sent at least once: what was sent is written down after it was sent, so a crash between
the two sends it again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from settlement_platform.monitoring.alarms import Letter

FIRST_WAIT_SECONDS = 10.0
LONGEST_WAIT_SECONDS = 600.0
KEEP_SECONDS = 86_400.0
"""A letter that nobody took for so long is old news."""
MOST_LETTERS = 100


@dataclass(frozen=True)
class Waiting:
    """A letter, when it was written (epoch seconds), and who has not had it yet."""

    name: str
    letter: Letter
    at_seconds: float
    recipients: tuple[str, ...]


@dataclass(frozen=True)
class Failing:
    """A recipient that took nothing: how often in a row, and when it is asked again (epoch)."""

    times: int
    again_at_seconds: float


@dataclass(frozen=True)
class Sent:
    """What one recipient took, by name; `failed` where it did not take all that it was given."""

    names: tuple[str, ...]
    failed: bool


@dataclass(frozen=True)
class Outbox:
    """What waits, oldest first, and which recipients fail."""

    waiting: tuple[Waiting, ...] = ()
    failing: Mapping[str, Failing] = field(default_factory=dict)


def put(
    outbox: Outbox, letters: Sequence[Letter], recipients: Collection[str], now_seconds: float
) -> Outbox:
    """The outbox with letters for all recipients; without what is too old or too much."""
    new = [
        Waiting(f"{now_seconds:.3f}/{number}", letter, now_seconds, tuple(recipients))
        for number, letter in enumerate(letters)
    ]
    kept = [
        replace(one, recipients=still)
        for one in (*outbox.waiting, *new)
        if now_seconds - one.at_seconds < KEEP_SECONDS
        and (still := tuple(who for who in one.recipients if who in recipients))
    ]
    failing = {who: about for who, about in outbox.failing.items() if who in recipients}
    return Outbox(tuple(kept[-MOST_LETTERS:]), failing)


def due(outbox: Outbox, now_seconds: float) -> dict[str, list[Waiting]]:
    """What each recipient is given now, oldest first; one that fails is left alone for a while."""
    found: dict[str, list[Waiting]] = {}
    for one in outbox.waiting:
        for who in one.recipients:
            failing = outbox.failing.get(who)
            if failing is None or now_seconds >= failing.again_at_seconds:
                found.setdefault(who, []).append(one)
    return found


def settle(outbox: Outbox, sent: Mapping[str, Sent], now_seconds: float) -> Outbox:
    """The outbox after recipients took what they took."""
    waiting = [
        replace(one, recipients=still)
        for one in outbox.waiting
        if (
            still := tuple(
                who for who in one.recipients if who not in sent or one.name not in sent[who].names
            )
        )
    ]
    failing = {who: about for who, about in outbox.failing.items() if who not in sent}
    for who, result in sent.items():
        if result.failed:
            failing[who] = _failed_again(outbox.failing.get(who), now_seconds)
    return Outbox(tuple(waiting), failing)


def _failed_again(before: Failing | None, now_seconds: float) -> Failing:
    times = 1 if before is None else before.times + 1
    wait_seconds = min(FIRST_WAIT_SECONDS * 2 ** min(times - 1, 10), LONGEST_WAIT_SECONDS)
    return Failing(times, now_seconds + wait_seconds)
