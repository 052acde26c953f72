"""What `verify` found, as data, as JSON and as text that people read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from settlement_platform.proof.verify_diff import (
    Findings,
    Item,
    Key,
    Kind,
    Values,
    of_every_kind,
)
from settlement_platform.proof.verify_tables import ComparedTable

EXAMPLES_A_TABLE = 20


@dataclass(frozen=True)
class Difference:
    """One row on which V2 and the core do not agree, by name and value.

    `columns` are those that differ, or all of them for a row that one side has not; that side's
    values are then None. Values are canonical text: instants in UTC, money in paise.
    """

    kind: Kind
    key: dict[str, str]
    columns: tuple[str, ...]
    core: tuple[str | None, ...] | None
    v2: tuple[str | None, ...] | None

    def to_json(self) -> dict[str, object]:
        """`core` and `v2` as objects by column; null for the side without the row."""
        return {
            "kind": self.kind,
            "key": self.key,
            "core": None if self.core is None else dict(zip(self.columns, self.core, strict=True)),
            "v2": None if self.v2 is None else dict(zip(self.columns, self.v2, strict=True)),
        }


@dataclass(frozen=True)
class TableVerdict:
    """One table: the rows compared (the core's, and V2's beyond these), and what they are."""

    table: str
    compared: int
    missing: int
    extra: int
    different: int
    examples: tuple[Difference, ...]

    def to_json(self) -> dict[str, object]:
        """The table's part of the verdict."""
        return {
            "table": self.table,
            "compared": self.compared,
            "missing": self.missing,
            "extra": self.extra,
            "different": self.different,
            "examples": [example.to_json() for example in self.examples],
        }


@dataclass(frozen=True)
class Verdict:
    """Whether V2 equals the core.

    `as_of`: everything that the core committed before it was in V2 or in dead letters when V2 was
    last read. `open_dead_letters`: records of the core that V2 could not take; their rows are among
    the missing or different.
    """

    tables: tuple[TableVerdict, ...]
    rounds: int
    as_of: dt.datetime
    seconds: float
    open_dead_letters: int
    date: dt.date | None = None

    @property
    def missing(self) -> int:
        """Rows that V2 should have and has not."""
        return sum(table.missing for table in self.tables)

    @property
    def extra(self) -> int:
        """Rows that V2 has and should not have."""
        return sum(table.extra for table in self.tables)

    @property
    def different(self) -> int:
        """Rows that both have, with unequal values."""
        return sum(table.different for table in self.tables)

    @property
    def compared(self) -> int:
        """Rows compared."""
        return sum(table.compared for table in self.tables)

    @property
    def ok(self) -> bool:
        """V2 equals the core, row by row."""
        return self.missing == self.extra == self.different == 0

    def to_json(self) -> dict[str, object]:
        """The object that `settlement verify --json` prints."""
        return {
            "ok": self.ok,
            "missing": self.missing,
            "extra": self.extra,
            "different": self.different,
            "compared": self.compared,
            "date": None if self.date is None else self.date.isoformat(),
            "as_of": self.as_of.isoformat(),
            "seconds": round(self.seconds, 3),
            "rounds": self.rounds,
            "open_dead_letters": self.open_dead_letters,
            "tables": [table.to_json() for table in self.tables],
        }


def _readable(column: str, value: str) -> str:
    """An instant as ISO 8601 has it; anything else as it is."""
    return value.replace(" ", "T", 1) + "Z" if column.endswith("_at") else value


def _side(columns: tuple[str, ...], values: Values | None) -> Values | None:
    if values is None:
        return None
    return tuple(
        None if value is None else _readable(column, value)
        for column, value in zip(columns, values, strict=True)
    )


def difference(table: ComparedTable, key: Key, item: Item) -> Difference:
    """An item with its columns named, the equal ones left out."""
    columns, core, v2 = table.values, item.core, item.v2
    if core is not None and v2 is not None:
        pairs = zip(columns, core, v2, strict=True)
        columns, core, v2 = zip(*(pair for pair in pairs if pair[1] != pair[2]), strict=True)
    named = {name: _readable(name, value) for name, value in zip(table.key, key, strict=True)}
    return Difference(item.kind, named, columns, _side(columns, core), _side(columns, v2))


def table_verdict(table: ComparedTable, core_rows: int, findings: Findings) -> TableVerdict:
    """Count a table's findings and name the first of each kind."""
    return TableVerdict(
        table.name,
        compared=core_rows + findings.count("extra"),
        missing=findings.count("missing"),
        extra=findings.count("extra"),
        different=findings.count("different"),
        examples=tuple(
            difference(table, key, item)
            for key, item in of_every_kind(findings.items, EXAMPLES_A_TABLE)
        ),
    )


def _shown(value: str | None) -> str:
    return "NULL" if value is None else value


def _example_lines(table: str, example: Difference) -> list[str]:
    key = " ".join(f"{column}={value}" for column, value in example.key.items())
    lines = [f"{example.kind}: {table} {key}"]
    for index, column in enumerate(example.columns):
        core = "no row" if example.core is None else _shown(example.core[index])
        v2 = "no row" if example.v2 is None else _shown(example.v2[index])
        lines.append(f"    {column}: core {core}, V2 {v2}")
    return lines


def render(verdict: Verdict) -> str:
    """The verdict as a person reads it: one line, one table, and the examples."""
    day = "" if verdict.date is None else f" for {verdict.date.isoformat()}"
    equality = "equals" if verdict.ok else "DOES NOT EQUAL"
    rounds = "1 round" if verdict.rounds == 1 else f"{verdict.rounds} rounds"
    lines = [
        f"V2 {equality} the core{day}: {verdict.compared:,} rows compared",
        f"{verdict.missing:,} missing, {verdict.extra:,} extra, {verdict.different:,} different",
        f"as of {verdict.as_of.isoformat()}, {verdict.seconds:.1f} s, {rounds}",
        f"open dead letters: {verdict.open_dead_letters:,}",
        "",
        f"{'table':28}{'compared':>14}{'missing':>12}{'extra':>12}{'different':>12}",
    ]
    lines += [
        f"{table.table:28}{table.compared:>14,}{table.missing:>12,}"
        f"{table.extra:>12,}{table.different:>12,}"
        for table in verdict.tables
    ]
    for table in verdict.tables:
        for example in table.examples:
            lines += _example_lines(table.table, example)
    return "\n".join(lines)
