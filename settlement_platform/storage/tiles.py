"""Folds the changes of V2's transactions into the cells that tiles are read from."""

from __future__ import annotations

from typing import Any

import psycopg

from settlement_platform.contracts.tiles import TILE_CHANGES
from settlement_platform.storage.beside import BESIDE

MOST_CHANGES = 20_000
"""In one statement: readers see it whole, and a crash loses no more work than this."""
CLEAN_AFTER_CHANGES = 2_000
"""What was folded leaves dead rows behind, and each reader would walk over them."""
FOLD = "SELECT sp_v2_fold_tiles(%s, %s)"
IS_THERE = "SELECT to_regclass(%s) IS NOT NULL"
CLEAN = "VACUUM (TRUNCATE false) {place}.{table}"


class Fold:
    """Folds by one connection of V2's owner, in autocommit."""

    def __init__(self, v2: psycopg.Connection[Any]) -> None:
        self._v2 = v2
        self._unclean = dict.fromkeys(("public", BESIDE), 0)

    def step(self) -> int:
        """Fold what waits, up to MOST_CHANGES where a job's tables serve and as many beside them.

        Returns how many changes were folded. Raises psycopg.Error.
        """
        return sum(self._step(place) for place in self._unclean)

    def _step(self, place: str) -> int:
        if not self._ask(IS_THERE, f"{place}.{TILE_CHANGES.name}"):
            return 0
        folded = int(self._ask(FOLD, place, MOST_CHANGES))
        self._unclean[place] += folded
        if self._unclean[place] >= CLEAN_AFTER_CHANGES:
            self._unclean[place] = 0
            self._v2.execute(CLEAN.format(place=place, table=TILE_CHANGES.name).encode())
        return folded

    def _ask(self, query: str, *values: object) -> Any:
        row = self._v2.execute(query.encode(), values).fetchone()
        assert row is not None
        return row[0]
