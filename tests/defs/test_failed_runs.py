"""Runs that fail are told once, with what failed and why."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from settlement_platform.config import Settings
from settlement_platform.defs.failed_runs import WILL_RETRY, letter, new_failures


@dg.op
def breaks() -> None:
    try:
        int("not a number")
    except ValueError as error:
        raise RuntimeError("the work could not be done") from error


@dg.job
def broken() -> None:
    breaks()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as found:
        yield found


def fail(instance: dg.DagsterInstance, **tags: str) -> str:
    result = broken.execute_in_process(instance=instance, tags=tags, raise_on_error=False)
    assert not result.success
    return result.run_id


def test_a_run_that_failed_is_told_once(instance: dg.DagsterInstance) -> None:
    since = time.time()
    run_id = fail(instance)
    new, told = new_failures(instance, since, ())
    assert [run.run_id for run in new] == [run_id]
    assert new_failures(instance, since, told)[0] == []
    assert new_failures(instance, since + 3600, ()) == ([], ())


def test_a_run_that_is_retried_by_itself_is_not_told(instance: dg.DagsterInstance) -> None:
    since = time.time()
    fail(instance, **{WILL_RETRY: "true"})
    assert new_failures(instance, since, ())[0] == []


def test_a_letter_says_what_failed_why_and_where_to_look(instance: dg.DagsterInstance) -> None:
    since, settings = time.time(), Settings(home=Path("/nowhere"))
    run_id = fail(instance, **{"dagster/partition": "2026-01-01"})
    [run], _ = new_failures(instance, since, ())
    written = letter(instance, run, settings)
    assert written.title == "ALARM: a run of broken failed"
    assert written.body.splitlines() == [
        "partition: 2026-01-01",
        "cause: RuntimeError: the work could not be done",
        f"see: {settings.dagster}/runs/{run_id}",
    ]
