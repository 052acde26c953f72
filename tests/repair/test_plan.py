"""What a comparison asks to be repaired, and when it is refused."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest

from settlement_platform.errors import ProofError
from settlement_platform.proof.verify import Comparison
from settlement_platform.proof.verify_diff import Findings, Item, Key, Values
from settlement_platform.proof.verify_tables import AGGREGATES, TRANSACTIONS
from settlement_platform.repair.outcome import Outcome, day_outcome, left_over, render_outcome
from settlement_platform.repair.plan import MOST_IS_FROM, DayPlan, Plan, chunks, plan
from settlement_platform.repair.plan import refuse_to_empty as refuse

FIRST, SECOND = dt.date(2026, 1, 1), dt.date(2026, 1, 2)
NOW = dt.datetime(2026, 1, 3, tzinfo=dt.UTC)


def row(date: dt.date, amount: str = "100") -> Values:
    given = {"transaction_date": date.isoformat(), "amount_paise": amount}
    return tuple(given.get(column) for column in TRANSACTIONS.values)


def bucket(date: dt.date, grain: str = "DAY") -> Key:
    return (grain, "2026-01-01 18:30:00", date.isoformat(), "m1", "UPI", "SABPAISA_STREAM")


def compared(transactions: Findings, aggregates: Findings) -> Comparison:
    """Ten payments and four buckets of each date."""
    return Comparison(
        NOW,
        1,
        rows_by_date={
            TRANSACTIONS: Counter({FIRST: 10, SECOND: 10}),
            AGGREGATES: Counter({FIRST: 4, SECOND: 4}),
        },
        findings={TRANSACTIONS: transactions, AGGREGATES: aggregates},
    )


def test_where_nothing_differs_there_is_nothing_to_do() -> None:
    found = plan([FIRST, SECOND], compared(Findings(), Findings()))
    assert found.is_equal
    assert (found.differing, found.size) == ([], 0)
    assert found.days[SECOND].to_json() == {
        "date": "2026-01-02",
        "compared_rows": 10,
        "compared_buckets": 4,
        "missing": 0,
        "different": 0,
        "ghosts": 0,
        "buckets": 0,
    }


def test_every_difference_is_planned_at_its_date() -> None:
    stages: Values = tuple("1" * len(AGGREGATES.values))
    rows = {
        ("a",): Item(row(FIRST), None),
        ("b",): Item(row(FIRST), row(FIRST, "101")),
        ("c",): Item(None, row(SECOND)),
    }
    buckets = {
        bucket(FIRST): Item(stages, None),
        bucket(SECOND): Item(None, stages),
        bucket(SECOND, "HOUR"): Item(stages, tuple("2" * len(stages))),
    }
    found = plan([FIRST, SECOND], compared(Findings(rows), Findings(buckets)))
    assert found.days == {
        FIRST: DayPlan(FIRST, 10, 4, {"a"}, {"b"}, set(), {bucket(FIRST)}),
        SECOND: DayPlan(
            SECOND, 10, 4, ghosts={"c"}, buckets={bucket(SECOND, "HOUR")},
            ghost_buckets={bucket(SECOND)},
        ),
    }  # fmt: skip
    assert found.to_read == {"a", "b"}
    assert found.ghosts == {"c"}
    assert found.size == 6


def test_what_could_not_be_kept_is_a_difference_still() -> None:
    found = plan([FIRST], compared(Findings({}, Counter({"missing": 5})), Findings()))
    assert (found.is_equal, found.size) == (False, 5)


def test_a_date_of_which_the_core_has_lost_most_is_not_emptied() -> None:
    ghosts = {str(number) for number in range(MOST_IS_FROM + 1)}
    refuse([DayPlan(FIRST, compared_rows=len(ghosts), ghosts=ghosts)])
    refuse([DayPlan(FIRST, compared_rows=0, ghosts=set(list(ghosts)[1:]))])
    with pytest.raises(ProofError, match=r"2026-01-01: nothing was changed.*--remove-most"):
        refuse([DayPlan(FIRST, compared_rows=len(ghosts) - 1, ghosts=ghosts)])


def test_keys_are_asked_for_in_order_and_a_few_at_a_time() -> None:
    assert chunks({"c", "a", "b"}, 2) == [["a", "b"], ["c"]]
    assert chunks([], 2) == []


def test_an_outcome_tells_what_was_repaired_and_what_is_left() -> None:
    tries = [
        DayPlan(FIRST, 10, 4, {"a", "x"}, {"b"}, {"c"}, {bucket(FIRST)}),
        DayPlan(FIRST, 10, 4, {"x"}, set(), set(), {bucket(FIRST)}),
    ]
    proven = day_outcome(tries[0], tries, DayPlan(FIRST, 10, 4))
    assert (proven.repaired, proven.removed, proven.buckets) == (3, 1, 1)
    assert proven.compared_rows == 11
    assert proven.is_proven
    wrong = day_outcome(tries[0], tries, tries[1])
    assert (wrong.repaired, wrong.buckets) == (2, 0)
    assert (wrong.missing, wrong.extra, wrong.different) == (1, 0, 1)
    outcome = Outcome((proven, wrong), NOW, 2, 1.0)
    assert not outcome.is_proven
    assert left_over(outcome) == "2026-01-01: 1 missing, 0 extra, 1 different"
    assert render_outcome(outcome).startswith("V2 DOES NOT EQUAL the core: 2 dates, 22 rows")


def test_a_plan_beyond_its_names_is_no_proof() -> None:
    assert not Plan({}, 1).is_equal
    assert not Outcome((), NOW, 1, 1.0, unnamed=1).is_proven
