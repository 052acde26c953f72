"""Readings that nobody waits for longer than a bound."""

from __future__ import annotations

import threading
import time

from settlement_platform.errors import StackError
from settlement_platform.monitoring.bounded import Reading, Readings, Unread


def soon() -> float:
    """A deadline that is long enough for what answers at once."""
    return time.monotonic() + 30


def test_what_was_read_is_the_answer() -> None:
    assert Reading(lambda: 7).by(soon()) == 7


def test_a_part_that_fails_says_why_on_one_line() -> None:
    def refuse() -> int:
        raise StackError("no\n  kafka", "start it")

    assert Reading(refuse).by(soon()) == Unread("no kafka")
    assert Reading(refuse).by(soon(), 3) == 3


def test_a_part_that_hangs_costs_no_more_than_its_bound() -> None:
    never = threading.Event()
    reading = Reading(never.wait)
    assert reading.by(time.monotonic()) == Unread("it did not answer in time")
    never.set()


def test_what_hangs_is_not_asked_again_beside_itself() -> None:
    answer, readings = threading.Event(), Readings()
    hanging = readings.begin("kafka", lambda: answer.wait(30))
    assert readings.begin("kafka", lambda: 7) is hanging
    assert readings.begin("flink", lambda: 7).by(soon()) == 7
    answer.set()
    assert hanging.by(soon()) is True
    assert readings.begin("kafka", lambda: 8).by(soon()) == 8
