"""The rows behind a number add up to it; what changed between two instants is their difference."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from settlement_platform.metrics.changes import changes, changes_statement
from settlement_platform.metrics.cohort import parameters
from settlement_platform.metrics.explain import NUMBERS, explain_statement, explanation
from settlement_platform.metrics.metric import NOTHING, CountAndAmount
from settlement_platform.metrics.reading import STAGES, Part, reading, reading_statement

if TYPE_CHECKING:
    from conftest import World

    from settlement_platform.metrics.cohort import Cohort
    from settlement_platform.metrics.explain import Explanation

EVERY, QUESTIONS = 100_000, 12


def explained(v2: Engine, slug: str, cohort: Cohort, after: str = "") -> Explanation:
    """A number, explained with all its rows."""
    number = NUMBERS[slug]
    with v2.connect() as connection:
        statement = explain_statement(number, cohort, after, EVERY)
        return explanation(number, connection.execute(statement, parameters(cohort)).one())


def test_the_rows_behind_a_number_add_up_to_it(v2: Engine, world: World) -> None:
    rng = random.Random(1)
    seen = dict.fromkeys(NUMBERS, 0)
    for _ in range(QUESTIONS):
        cohort, *_ = world.cohort(rng)
        for slug in NUMBERS:
            found = explained(v2, slug, cohort)
            assert found.value == found.of_rows, (slug, cohort)
            amounts = [int(row["amount_paise"]) for row in found.rows]
            assert found.value == CountAndAmount(len(amounts), sum(amounts)), (slug, cohort)
            seen[slug] += found.value.count
    assert all(seen.values()), f"numbers that no question asked about: {seen}"


def test_pages_of_rows_follow_each_other_without_gap_or_double(v2: Engine, world: World) -> None:
    cohort, *_ = world.cohort(random.Random(3))
    every = [row["transaction_id"] for row in explained(v2, "attempted", cohort).rows]
    assert every == sorted(set(every), key=every.index)
    at = len(every) // 2
    later = explained(v2, "attempted", cohort, after=every[at])
    assert [row["transaction_id"] for row in later.rows] == every[at + 1 :]
    assert later.of_rows.count == len(every)


def test_what_changed_between_two_instants_is_the_difference_of_the_numbers(
    v2: Engine, world: World
) -> None:
    rng = random.Random(2)
    for _ in range(QUESTIONS * 3):
        asked, *_ = world.cohort(rng)
        earlier, later = sorted(rng.sample(range(len(world.past)), 2))
        (from_at, then), (to_at, now) = world.past[earlier], world.past[later]
        cohort = replace(asked, at=to_at)
        with v2.connect() as connection:
            row = connection.execute(
                changes_statement(cohort, from_at, "", EVERY), parameters(cohort)
            ).one()
            found = changes(row)
            ends = [
                reading(
                    connection.execute(reading_statement(one, [Part.DUE]), parameters(one)).one()
                )
                for one in (replace(asked, at=from_at), cohort)
            ]
        for stage in STAGES:
            before, after = (
                sum((sums.of(stage) for sums in one.due.values()), NOTHING) for one in ends
            )
            assert found.differences[stage] == after - before, (cohort, stage)
        was = {one["transaction_id"]: one for one in world.selected(then, cohort)}
        is_now = {one["transaction_id"]: one for one in world.selected(now, cohort)}
        names = {one.transaction_id for one in found.page}
        ever = was.keys() | is_now.keys()
        stamps = ("source_lsn", "source_committed_at")
        shown = [
            {name: {k: v for k, v in one.items() if k not in stamps} for name, one in side.items()}
            for side in (was, is_now)
        ]
        assert names == {name for name in ever if shown[0].get(name) != shown[1].get(name)}
        assert found.changed_count == len(names)
        for one in found.page:
            assert one.why, one
