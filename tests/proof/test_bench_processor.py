"""Processor seconds by service."""

from __future__ import annotations

import pytest

from settlement_platform.proof.bench_processor import (
    Machine,
    Usage,
    reading,
    spent,
    spent_by_new,
)


def test_a_service_has_the_seconds_of_its_children_the_ended_ones_too() -> None:
    usages = [
        Usage(pid=10, parent=1, own_seconds=1.0, ended_seconds=5.0),
        Usage(pid=11, parent=10, own_seconds=2.0, ended_seconds=0.0),
        Usage(pid=12, parent=11, own_seconds=0.5, ended_seconds=0.25),
    ]
    assert reading({10: "v2-postgres"}, usages) == {("v2-postgres", 10): 8.75}


def test_a_process_that_is_named_for_itself_is_not_its_parents() -> None:
    usages = [
        Usage(10, 1, 1.0, 0.0),
        Usage(11, 10, 2.0, 0.0),
        Usage(12, 10, 4.0, 0.0),
    ]
    found = reading({10: "v2-postgres", 12: "floor"}, usages)
    assert found == {("v2-postgres", 10): 3.0, ("floor", 12): 4.0}


def test_processes_of_nobody_are_left_out() -> None:
    assert reading({10: "kafka"}, [Usage(99, 1, 7.0, 0.0)]) == {}


def test_what_was_spent_is_the_difference_of_two_readings() -> None:
    before = {("kafka", 10): 100.0, ("api", 11): 1.0}
    after = {("kafka", 10): 101.5, ("api", 11): 1.0}
    assert spent(before, after) == {"api": 0.0, "kafka": 1.5}


def test_two_processes_under_one_name_are_added_up() -> None:
    before = {("floor", 20): 1.0, ("floor", 21): 1.0}
    after = {("floor", 20): 1.25, ("floor", 21): 1.5}
    assert spent(before, after) == {"floor": 0.75}


def test_a_service_that_was_started_anew_counts_from_nothing() -> None:
    assert spent({("connect", 10): 90.0}, {("connect", 30): 2.0}) == {"connect": 2.0}


def test_a_job_has_the_seconds_of_the_threads_that_came_with_it() -> None:
    before = {1: 50.0, 2: 10.0}
    after = {1: 55.0, 2: 10.0, 7: 3.0, 8: 1.5}
    assert spent_by_new(before, after) == pytest.approx(4.5)


def test_the_machine_is_reported_with_its_load_before_and_after() -> None:
    report = Machine(2, 1024, 0.514).to_json(after=Machine(2, 1024, 3.0))
    assert report == {
        "cores": 2,
        "memory_bytes": 1024,
        "load_average_1m": {"before": 0.51, "after": 3.0},
    }
