"""A metric is one class: API, docs and dashboard read its name, unit and definition from there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

if TYPE_CHECKING:
    from settlement_platform.metrics.reading import Reading

Value = TypeVar("Value")
BPS = 10_000
"""Basis points in a whole."""


@dataclass(frozen=True, slots=True)
class CountAndAmount:
    """A number of payments, and the sum of their amounts in paise."""

    count: int
    amount_paise: int

    def __add__(self, other: CountAndAmount) -> CountAndAmount:
        return CountAndAmount(self.count + other.count, self.amount_paise + other.amount_paise)

    def __sub__(self, other: CountAndAmount) -> CountAndAmount:
        return CountAndAmount(self.count - other.count, self.amount_paise - other.amount_paise)


NOTHING = CountAndAmount(0, 0)


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates in basis points; None where there is nothing to divide by."""

    by_count_bps: int | None
    by_value_bps: int | None


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over cells by the name of their column; what was not summed is 0."""

    by_name: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> int:
        return int(self.by_name.get(name) or 0)

    def of(self, stage: str) -> CountAndAmount:
        """Count and amount of a stage, by its columns' prefix."""
        return CountAndAmount(self[f"{stage}_count"], self[f"{stage}_paise"])


def total(of: Iterable[Sums], stage: str) -> CountAndAmount:
    """Count and amount of a stage over several sums."""
    return sum((sums.of(stage) for sums in of), NOTHING)


def rate_bps(part: int, whole: int) -> int | None:
    """part ÷ whole in basis points, rounded half up; None when the whole is 0."""
    if whole == 0:
        return None
    return (2 * BPS * part + whole) // (2 * whole)


def rates(part: CountAndAmount, whole: CountAndAmount) -> Rates:
    """part ÷ whole by count and by value."""
    return Rates(rate_bps(part.count, whole.count), rate_bps(part.amount_paise, whole.amount_paise))


def mean(added_up: int, count: int) -> int | None:
    """added_up ÷ count, rounded half up; None of nothing."""
    return None if count == 0 else (2 * added_up + count) // (2 * count)


class Metric(ABC, Generic[Value]):
    """One number, or a few that belong together: what it is called, counted in, and means."""

    slug: ClassVar[str]
    name: ClassVar[str]
    unit: ClassVar[str]
    definition: ClassVar[str]

    @classmethod
    @abstractmethod
    def fold(cls, reading: Reading) -> Value:
        """The value from what was read. Pure."""
