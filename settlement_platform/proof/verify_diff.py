"""Which rows differ, and which of them differ for good. Pure: text in, decisions out."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["missing", "extra", "different"]

Key = tuple[str, ...]
Values = tuple[str | None, ...]
Row = tuple[Key, Values]
Digests = Mapping[str, tuple[int, str]]
"""Slot of a table → number of rows, sum of their hashes."""

Sighting = tuple[int, Values | None]
"""A position in the core's log, and the values seen there. Of the core: the view lacks nothing that
was written before. Of V2: the newest change that the row holds; 0 without a row."""


@dataclass(frozen=True)
class Item:
    """One key on which the two sides did not agree. None: that side has no such row."""

    core: Values | None
    v2: Values | None

    @property
    def kind(self) -> Kind:
        """Missing and extra are said of V2."""
        if self.v2 is None:
            return "missing"
        return "extra" if self.core is None else "different"


@dataclass
class Findings:
    """The items of one table; those beyond the limit are counted and not kept."""

    items: dict[Key, Item] = field(default_factory=dict)
    surplus: Counter[Kind] = field(default_factory=Counter)

    def look_again_at(self, keys: Iterable[Key]) -> None:
        """Rows that may only look right; they are no differences unless they are found to be."""
        for key in keys:
            self.items.setdefault(key, Item(None, None))

    def count(self, kind: Kind) -> int:
        """How many rows differ in this way."""
        return self.surplus[kind] + sum(item.kind == kind for item in self.items.values())


def differing_slots(core: Digests, v2: Digests) -> list[str]:
    """The slots whose rows must be looked at one by one."""
    return sorted(slot for slot in core.keys() | v2.keys() if core.get(slot) != v2.get(slot))


def rows_by_date(digests: Digests) -> Counter[dt.date]:
    """Rows of each business date, of a table whose slots are of one date each."""
    counted: Counter[dt.date] = Counter()
    for slot, (row_count, _) in digests.items():
        counted[dt.date.fromisoformat(slot.split("/")[-2])] += row_count
    return counted


def compare_sorted(core: Iterable[Row], v2: Iterable[Row]) -> Iterator[tuple[Key, Item]]:
    """Walk two streams that are ordered by key, and tell where they do not agree.

    Holds one row of each, whatever the length of the streams.
    """
    core_rows, v2_rows = iter(core), iter(v2)
    expected, held = next(core_rows, None), next(v2_rows, None)
    while expected is not None or held is not None:
        if expected is not None and (held is None or expected[0] < held[0]):
            yield expected[0], Item(expected[1], None)
            expected = next(core_rows, None)
        elif held is not None and (expected is None or held[0] < expected[0]):
            yield held[0], Item(None, held[1])
            held = next(v2_rows, None)
        elif expected is not None and held is not None:
            if expected[1] != held[1]:
                yield held[0], Item(expected[1], held[1])
            expected, held = next(core_rows, None), next(v2_rows, None)


def collect(differing: Iterable[tuple[Key, Item]], limit_items: int) -> Findings:
    """Keep the first items, which are looked at again, and count the rest."""
    findings = Findings()
    for key, item in differing:
        if len(findings.items) < limit_items:
            findings.items[key] = item
        else:
            findings.surplus[item.kind] += 1
    return findings


def _view_of(core: Sequence[Sighting], version: int) -> Sighting | None:
    """The first view of the core that surely shows a version."""
    return next((view for view in core if view[0] >= version), None)


def agree(core: Sequence[Sighting], v2: Collection[Sighting]) -> bool:
    """Whether V2 held what the core had at one position in the core's log.

    A row of V2 is V2's state from its version on, until a version that replaced it. It is held
    against the first view of the core from there on, and no other: a bucket that has lost one
    payment would meet an older or younger value of the core as soon as amounts repeat.
    """
    for version, held in v2:
        view = _view_of(core, version)
        if view is None or view[1] != held:
            continue
        if not any(version < other <= view[0] for other, _ in v2):
            return True
    return False


def contradiction(core: Sequence[Sighting], v2: Collection[Sighting]) -> Item:
    """The newest reading of V2 that is not what the core had, beside that.

    Where none can be held against the core, the core's first view beside V2's newest row.
    """
    newest_first = sorted(v2, key=lambda sighting: sighting[0], reverse=True)
    for version, held in newest_first:
        view = _view_of(core, version)
        if view is not None and view[1] != held:
            return Item(view[1], held)
    return Item(core[0][1], newest_first[0][1])


def disagreeing(
    keys: Iterable[Key],
    core: Mapping[Key, Sequence[Sighting]],
    v2: Mapping[Key, Collection[Sighting]],
) -> set[Key]:
    """The keys at which no reading of V2 agrees with the core."""
    return {key for key in keys if not agree(core.get(key, ()), v2.get(key, ()))}


def settled_and_moving(
    before: Mapping[Key, Item], now: Mapping[Key, Item]
) -> tuple[dict[Key, Item], dict[Key, Item]]:
    """Part the items of a round into those that are as they are for good and those that move.

    An item that is in two rounds the same on both sides, although V2 has taken in everything that
    the core committed before the second, will not change by waiting.
    """
    settled = {key: item for key, item in now.items() if before.get(key) == item}
    return settled, {key: item for key, item in now.items() if key not in settled}


def apart(items: Mapping[Key, Item]) -> dict[Key, Item]:
    """The items whose sides are not equal in the end."""
    return {key: item for key, item in items.items() if item.core != item.v2}


def of_every_kind(items: Mapping[Key, Item], limit_items: int) -> list[tuple[Key, Item]]:
    """The items to show, in order of key, so chosen that no kind hides another."""
    ranked: list[tuple[int, Key, Item]] = []
    seen: Counter[Kind] = Counter()
    for key, item in sorted(items.items(), key=lambda pair: pair[0]):
        ranked.append((seen[item.kind], key, item))
        seen[item.kind] += 1
    chosen = sorted(ranked, key=lambda entry: entry[:2])[:limit_items]
    return sorted(((key, item) for _, key, item in chosen), key=lambda pair: pair[0])
