"""The list of payments: every one of a question once, in order, from any place on."""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine

from settlement_platform.contracts.v2 import STATUSES
from settlement_platform.metrics.cohort import parameters
from settlement_platform.metrics.transaction_list import Position, transactions_statement

if TYPE_CHECKING:
    from conftest import World

    from settlement_platform.metrics.cohort import Cohort

QUESTIONS, LIMIT = 12, 7


def position(row: Any) -> Position:
    date = dt.date.fromisoformat(str(row["transaction_date"]))
    return Position(date, row["merchant_id"], row["transaction_id"])


def listed(v2: Engine, cohort: Cohort, statuses: tuple[str, ...]) -> list[Position]:
    """All pages of a list, one after the other."""
    seen: list[Position] = []
    with v2.connect() as connection:
        while True:
            after = seen[-1] if seen else None
            statement = transactions_statement(cohort, statuses, after, LIMIT)
            page = connection.execute(statement, parameters(cohort)).one()._mapping["page"] or []
            seen += [position(row) for row in page[:LIMIT]]
            if len(page) <= LIMIT:
                return seen


def test_the_pages_hold_what_the_question_asks_for_once_and_in_order(
    v2: Engine, world: World
) -> None:
    rng, counted = random.Random(7), 0
    for _ in range(QUESTIONS):
        cohort, then, _ = world.cohort(rng)
        statuses = tuple(rng.sample(STATUSES, rng.randint(0, 2)))
        expected = [
            position(one)
            for one in world.selected(then, cohort)
            if not statuses or one["status"] in statuses
        ]
        found = listed(v2, cohort, statuses)
        assert len(found) == len(set(found))
        assert set(found) == set(expected), (cohort, statuses)
        dates = [one.transaction_date for one in found]
        assert dates == sorted(dates, reverse=True)
        counted += len(found)
    assert counted > LIMIT * QUESTIONS


@pytest.mark.parametrize("name", ["T-1", "a/b c", "ü₹", '"', ""])
def test_a_place_is_read_back_from_its_cursor(name: str) -> None:
    place = Position(dt.date(2026, 1, 31), name, name)
    assert Position.parse(str(place)) == place


@pytest.mark.parametrize("cursor", ["x", "W10=", "bnVsbA==", "WzEsMiwzXQ==", "ü", "eyJhIjoxfQ=="])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(ValueError, match="next_after"):
        Position.parse(cursor)
