"""A merchant's terms over time: those in force at the capture decide, as they are known now. Pure.

Bitemporal: a version is valid over [valid_from, valid_to), and known from when it was recorded.
Where versions overlap, the one recorded last holds. A correction of the past is a new version.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from settlement_platform.contracts.wire import CYCLE
from settlement_platform.errors import SettlementError
from settlement_platform.settlement.money import Fee, refuse_rate

_CYCLE = re.compile(CYCLE.pattern)
LONGEST_CYCLE_DAYS = 99


class TermsError(SettlementError):
    """Terms that are none, or a moment for which there are none."""


@dataclass(frozen=True)
class Terms:
    """What was agreed with a merchant.

    `cycle_days`: N of T+N, business days. `reserve_bps`: share of a payout that is held back.
    `fees`: by payment method; `other_fee` for every method that is not in it.
    """

    cycle_days: int
    reserve_bps: int
    other_fee: Fee
    fees: Mapping[str, Fee] = field(default_factory=dict)

    def __post_init__(self) -> None:
        refuse_rate(self.reserve_bps)
        if not 0 <= self.cycle_days <= LONGEST_CYCLE_DAYS:
            raise TermsError(
                f"a cycle of T+{self.cycle_days}", f"write T+0 to T+{LONGEST_CYCLE_DAYS}"
            )

    def fee_for(self, payment_method: str) -> Fee:
        """The fee for a payment by a method."""
        return self.fees.get(payment_method, self.other_fee)


@dataclass(frozen=True)
class TermsVersion:
    """Terms that hold for captures from `valid_from` until, and without, `valid_to`."""

    version: int
    recorded_at: dt.datetime
    valid_from: dt.datetime
    valid_to: dt.datetime | None
    terms: Terms
    why: str

    def covers(self, captured_at: dt.datetime) -> bool:
        """Whether a capture falls into its validity."""
        return self.valid_from <= captured_at and (
            self.valid_to is None or captured_at < self.valid_to
        )


@dataclass(frozen=True)
class Timeline:
    """All versions of one merchant's terms, in any order.

    Raises TermsError when two have one number, a later number was recorded earlier, or a validity
    ends before it begins.
    """

    merchant_id: str
    versions: tuple[TermsVersion, ...]

    def __post_init__(self) -> None:
        ordered = sorted(self.versions, key=lambda version: version.version)
        for version in ordered:
            if version.valid_to is not None and version.valid_to <= version.valid_from:
                raise self._error(f"version {version.version} ends before it begins")
        for earlier, later in pairwise(ordered):
            if earlier.version == later.version or earlier.recorded_at > later.recorded_at:
                raise self._error(f"version {later.version} does not follow {earlier.version}")

    def _error(self, cause: str) -> TermsError:
        return TermsError(f"terms of {self.merchant_id}: {cause}", "record it as a new version")


@dataclass(frozen=True)
class Capture:
    """What of a captured transaction its terms are looked up by."""

    transaction_id: str
    payment_method: str
    captured_at: dt.datetime


@dataclass(frozen=True)
class ChangedTerms:
    """A transaction whose terms are others now. `what`: the names of those that differ.

    `before`: None when it had none.
    """

    transaction_id: str
    before: TermsVersion | None
    after: TermsVersion
    what: tuple[str, ...]

    @property
    def why(self) -> str:
        """The reason that was recorded with the terms that hold now."""
        return self.after.why


def cycle_days(text: str) -> int:
    """N of a cycle written as T+N. Raises TermsError."""
    if not _CYCLE.fullmatch(text):
        raise TermsError(f"'{text}' {CYCLE.otherwise}", "write T+0, T+1, T+2, …")
    return int(text[2:])


def terms_at(
    timeline: Timeline, captured_at: dt.datetime, known_at: dt.datetime | None = None
) -> TermsVersion:
    """The terms of a capture, as known now or as they were known at an instant.

    Raises TermsError when there are none.
    """
    found = _find(timeline, captured_at, known_at)
    if found is None:
        raise TermsError(
            f"{timeline.merchant_id} has no terms for a capture at {captured_at.isoformat()}",
            "record terms that are valid from then",
        )
    return found


def _find(
    timeline: Timeline, captured_at: dt.datetime, known_at: dt.datetime | None = None
) -> TermsVersion | None:
    return max(
        (
            version
            for version in timeline.versions
            if version.covers(captured_at) and (known_at is None or version.recorded_at <= known_at)
        ),
        key=lambda version: version.version,
        default=None,
    )


def changed_by(old: Timeline, new: Timeline, captures: Iterable[Capture]) -> list[ChangedTerms]:
    """The transactions of a merchant whose terms a correction changes in effect, in given order.

    A transaction is not listed when what applies to it is the same: another method's fee changed.
    Raises TermsError when one that had terms has none any more.
    """
    changed = []
    for capture in captures:
        before = _find(old, capture.captured_at)
        if before is None and _find(new, capture.captured_at) is None:
            continue
        after = terms_at(new, capture.captured_at)
        what = _differing(before, after, capture.payment_method)
        if what:
            changed.append(ChangedTerms(capture.transaction_id, before, after, what))
    return changed


def _differing(before: TermsVersion | None, after: TermsVersion, method: str) -> tuple[str, ...]:
    names = ("cycle_days", "reserve_bps", "fee")
    if before is None:
        return names
    pairs = (
        (before.terms.cycle_days, after.terms.cycle_days),
        (before.terms.reserve_bps, after.terms.reserve_bps),
        (before.terms.fee_for(method), after.terms.fee_for(method)),
    )
    return tuple(name for name, (old, new) in zip(names, pairs, strict=True) if old != new)
