"""The answer key: what every number of the platform must be, counted in plain Python.

Attempted = every row that was not deleted. Captured = status SUCCESS, or settled.
Settled = is_settled '1'. Failed = a final failure that is not settled. All sums are in paise.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import NamedTuple

from settlement_platform.contracts.core import FINAL_FAILURES
from settlement_platform.simulator.rows import SETTLED, Transaction

JsonCell = dict[str, str | int]


class Cell(NamedTuple):
    """What one tally is of."""

    transaction_date: dt.date
    merchant_id: str
    payment_method: str


@dataclass(slots=True)
class Tally:
    """Counts of transactions and sums of their amounts in paise."""

    attempted_count: int = 0
    attempted_paise: int = 0
    captured_count: int = 0
    captured_paise: int = 0
    settled_count: int = 0
    settled_paise: int = 0
    failed_count: int = 0
    failed_paise: int = 0

    def count(self, row: Transaction, sign: int) -> None:
        """Counts a row in (sign 1) or out (sign -1)."""
        paise = sign * row.amount_paise
        self.attempted_count += sign
        self.attempted_paise += paise
        if row.is_settled == SETTLED:
            self.settled_count += sign
            self.settled_paise += paise
        if row.is_settled == SETTLED or row.status == "SUCCESS":
            self.captured_count += sign
            self.captured_paise += paise
        elif row.status in FINAL_FAILURES:
            self.failed_count += sign
            self.failed_paise += paise

    def add(self, other: Tally) -> None:
        """Adds another tally, field by field."""
        for name in _FIELDS:
            setattr(self, name, getattr(self, name) + getattr(other, name))


_FIELDS = tuple(field.name for field in fields(Tally))
_NOTHING = Tally()


class AnswerKey:
    """Tallies by transaction date, merchant and payment method; a cell without rows is absent."""

    def __init__(self, rows: Iterable[Transaction] = ()) -> None:
        self._tallies: dict[Cell, Tally] = {}
        for row in rows:
            self.add(row)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AnswerKey) and self._tallies == other._tallies

    __hash__ = None  # type: ignore[assignment]  # it changes as rows come and go

    def __len__(self) -> int:
        return len(self._tallies)

    def cells(self) -> Iterator[tuple[Cell, Tally]]:
        """Every cell with its tally, in no order."""
        return iter(self._tallies.items())

    def add(self, row: Transaction) -> None:
        """Counts a row in."""
        self._count(row, 1)

    def remove(self, row: Transaction) -> None:
        """Counts a row out that was counted in before, exactly as it was."""
        self._count(row, -1)

    def replace(self, before: Transaction | None, after: Transaction | None) -> None:
        """What one change does: the old version out (None: there was none), the new one in."""
        if before is not None:
            self.remove(before)
        if after is not None:
            self.add(after)

    def merge(self, other: AnswerKey) -> None:
        """Adds all that another key counted."""
        for cell, tally in other._tallies.items():
            mine = self._tallies.setdefault(cell, Tally())
            mine.add(tally)
            self._drop_if_empty(cell, mine)

    def totals(
        self,
        merchant_id: str | None = None,
        payment_method: str | None = None,
        from_date: dt.date | None = None,
        to_date: dt.date | None = None,
    ) -> Tally:
        """The sum over the cells that pass the filters; `to_date` itself is left out."""
        total = Tally()
        for cell, tally in self._tallies.items():
            if (
                (merchant_id is None or cell.merchant_id == merchant_id)
                and (payment_method is None or cell.payment_method == payment_method)
                and (from_date is None or cell.transaction_date >= from_date)
                and (to_date is None or cell.transaction_date < to_date)
            ):
                total.add(tally)
        return total

    def to_json(self) -> str:
        """The key as JSON, cells in order; money is a string of digits."""
        return json.dumps(
            [
                _cell_as_json(cell, tally)
                for cell, tally in sorted(self._tallies.items(), key=_cell)
            ],
            ensure_ascii=False,
            indent=1,
        )

    @classmethod
    def from_json(cls, text: str) -> AnswerKey:
        """The inverse of to_json."""
        key = cls()
        for entry in json.loads(text):
            cell = Cell(
                dt.date.fromisoformat(entry["transaction_date"]),
                entry["merchant_id"],
                entry["payment_method"],
            )
            key._tallies[cell] = Tally(*(int(entry[name]) for name in _FIELDS))
        return key

    def save(self, path: Path) -> None:
        """Writes the key to a JSON file."""
        path.write_text(self.to_json(), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> AnswerKey:
        """Reads a key that `save` wrote."""
        return cls.from_json(path.read_text(encoding="utf-8"))

    def _count(self, row: Transaction, sign: int) -> None:
        cell = Cell(row.txn_date, row.merchant_code, row.payment_mode)
        tally = self._tallies.get(cell)
        if tally is None:
            tally = self._tallies[cell] = Tally()
        tally.count(row, sign)
        self._drop_if_empty(cell, tally)

    def _drop_if_empty(self, cell: Cell, tally: Tally) -> None:
        if tally.attempted_count == 0 and tally == _NOTHING:
            del self._tallies[cell]


def _cell(entry: tuple[Cell, Tally]) -> Cell:
    return entry[0]


def _cell_as_json(cell: Cell, tally: Tally) -> JsonCell:
    entry: JsonCell = {
        "transaction_date": cell.transaction_date.isoformat(),
        "merchant_id": cell.merchant_id,
        "payment_method": cell.payment_method,
    }
    for name in _FIELDS:
        value: int = getattr(tally, name)
        entry[name] = str(value) if name.endswith("_paise") else value
    return entry
