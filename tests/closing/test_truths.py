"""The truths of the business days, and that the runbook knows them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from settlement_platform.closing.adds_up import NAME
from settlement_platform.closing.closes import ClosingReading
from settlement_platform.closing.days import DayState, end_of
from settlement_platform.closing.truths import closing_checks
from settlement_platform.monitoring.bounded import Unread

RUNBOOK = Path(__file__).parents[2] / "docs" / "runbook.md"
DAY = dt.date(2026, 10, 2)
BEFORE = DAY - dt.timedelta(days=1)
END = end_of(DAY)
CLOSED = DayState(BEFORE, 1, 1, 5, 5, 0)


def failing(*states: DayState, hours: float = 2) -> dict[str, str]:
    reading = ClosingReading(END + dt.timedelta(hours=hours), END, [CLOSED, *states])
    return {check.name: str(check.cause) for check in closing_checks(reading) if not check.ok}


def test_days_that_are_closed_and_in_the_mart_hold() -> None:
    assert failing(DayState(DAY, 3, 3, 5, 5, 0)) == {}
    assert failing(DayState(DAY, 1, None, 0, 0, 0)) == {}


def test_a_day_may_stay_open_for_an_hour() -> None:
    unclosed = DayState(DAY, None, None, 5, 0, 0)
    assert failing(unclosed, hours=0.9) == {}
    assert failing(unclosed) == {
        "every_day_is_closed": (
            "1 days are not closed; as_of: 2026-10-02 18:30 UTC; the newest: 2026-10-02"
        )
    }


def test_a_closed_day_that_is_not_in_the_mart_is_named() -> None:
    assert failing(DayState(DAY, 1, None, 5, 5, 0)) == {
        "mart_has_every_day": "1 days are closed, and not in the mart; the newest: 2026-10-02"
    }


def test_a_v2_that_does_not_answer_fails_both_with_the_cause() -> None:
    found = closing_checks(Unread("refused"))
    assert [(check.ok, check.cause) for check in found] == [
        (False, "V2 does not answer: refused")
    ] * 2


def test_every_truth_of_the_days_is_explained_in_the_runbook() -> None:
    runbook = RUNBOOK.read_text()
    names = [NAME, *(check.name for check in closing_checks(Unread("away")))]
    assert [name for name in names if f"`{name}`" not in runbook] == []
