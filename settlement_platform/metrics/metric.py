"""A metric is one class: API, docs and dashboard read its name, unit and definition from there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from settlement_platform.metrics.cohort import CohortTotals

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class CountAndAmount:
    """A number of payments, and the sum of their amounts in paise."""

    count: int
    amount_paise: int

    def __sub__(self, other: CountAndAmount) -> CountAndAmount:
        return CountAndAmount(self.count - other.count, self.amount_paise - other.amount_paise)


class Metric(ABC, Generic[Value]):
    """One number, or a few that belong together: what it is called, counted in, and means."""

    slug: ClassVar[str]
    name: ClassVar[str]
    unit: ClassVar[str]
    definition: ClassVar[str]

    @classmethod
    @abstractmethod
    def fold(cls, totals: CohortTotals) -> Value:
        """The value for one cohort. Pure."""
