"""The sensor that looks at the whole flow: what it reports, when, and that nothing stops it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from settlement_platform.config import Settings
from settlement_platform.defs.checks import Verdict, stages, verdicts
from settlement_platform.defs.reporting import (
    CONFIRM_SECONDS,
    LOOK_SECONDS,
    Memory,
    Reported,
    chain_checks,
    number_checks,
    summary,
    to_report,
)
from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.flow import NUMBERS_SECONDS, SYSTEMS, FlowReading

NOW = 1_800_000_000.0
NOWHERE_PORT_BASE = 7300
BOUND_SECONDS = 120.0
Tick = Callable[..., dg.SensorResult]


def judged(flow: FlowReading) -> list[Verdict]:
    return [verdict for stage in stages() for verdict in verdicts(stage, flow)]


def names(found: Sequence[Verdict]) -> list[str]:
    return [verdict.check.name for verdict in found]


def report(before: Reported, flow: FlowReading, after_seconds: float) -> tuple[list[str], Reported]:
    """What a look reports that comes so long after NOW."""
    found, cursor = to_report(before, judged(flow), NOW + after_seconds, runs_reported=False)
    return names(found), Memory.from_cursor(Memory(cursor).to_cursor()).reported


def test_the_first_look_reports_everything(well: FlowReading) -> None:
    found, after = report(Reported(), well, 0)
    assert found == names(judged(well))
    assert after == Reported(NOW, NOW, {})


def test_what_stays_as_it_was_is_reported_again_only_now_and_then(well: FlowReading) -> None:
    _, after = report(Reported(), well, 0)
    found, after = report(after, well, LOOK_SECONDS)
    assert (found, after.confirmed_at_seconds) == ([], NOW)
    found, after = report(after, well, CONFIRM_SECONDS)
    assert (len(found), after.confirmed_at_seconds) == (len(judged(well)), NOW + CONFIRM_SECONDS)


def test_what_changes_is_reported_at_once_and_so_is_its_end(well: FlowReading) -> None:
    _, after = report(Reported(), well, 0)
    found, after = report(after, replace(well, connector="FAILED"), 30)
    assert found == ["connector_runs"]
    found, after = report(after, replace(well, connector="FAILED"), 60)
    assert found == []
    found, after = report(after, replace(well, connector=Unread("refused")), 90)
    assert found == ["connector_runs"]
    found, _ = report(after, well, 120)
    assert found == ["connector_runs"]


def test_figures_that_move_in_a_cause_are_no_change(well: FlowReading) -> None:
    assert isinstance(well.jobs, list)
    aged = [
        replace(well, jobs=[replace(job, checkpoint_age_seconds=age) for job in well.jobs])
        for age in (31.0, 1061.5)
    ]
    _, after = report(Reported(), aged[0], 0)
    assert report(after, aged[1], 30)[0] == []


def test_what_a_run_may_have_reported_is_confirmed(well: FlowReading) -> None:
    _, after = report(Reported(), well, 0)
    found, after = to_report(after, judged(well), NOW + 30, runs_reported=True)
    assert len(found) == len(judged(well))
    assert after.confirmed_at_seconds == NOW + 30


@pytest.mark.parametrize("cursor", [None, "", "old", "[]", '{"other": 1}', '{"reported": 1}'])
def test_a_cursor_that_nobody_can_read_reports_everything_anew(cursor: str | None) -> None:
    assert Memory.from_cursor(cursor) == Memory()


def test_a_tick_says_how_many_truths_hold_and_names_some_that_do_not(well: FlowReading) -> None:
    seen = judged(replace(well, connector="FAILED"))
    assert summary(seen, []) == (
        f"{len(seen) - 1} of {len(seen)} truths hold: capture/sabpaisa-core:connector_runs; "
        "0 reported"
    )
    away = Unread("refused")
    nothing = judged(FlowReading(*[away] * len(SYSTEMS)))
    assert summary(nothing, nothing).endswith(f"and {len(seen) - 5} more; {len(seen)} reported")


def evaluations(found: dg.SensorResult) -> list[dg.AssetCheckEvaluation]:
    """What a tick reports of the truths."""
    return [event for event in found.asset_events if isinstance(event, dg.AssetCheckEvaluation)]


def latest(
    instance: dg.DagsterInstance, events: Sequence[dg.AssetCheckEvaluation]
) -> dict[dg.AssetCheckKey, dg.AssetCheckEvaluation | None]:
    """What the instance knows of each reported check, newest first, after they were reported."""
    keys = []
    for event in events:
        instance.report_runless_asset_event(event)
        keys.append(event.asset_check_key)
    records = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    return {key: record.evaluation for key, record in records.items()}


@pytest.mark.parametrize("sensor", [chain_checks, number_checks], ids=lambda one: one.name)
def test_a_stack_that_is_not_there_is_reported_and_raises_nothing(
    sensor: dg.SensorDefinition, tmp_path: Path, tick: Tick
) -> None:
    nowhere = Settings(home=tmp_path / "home", port_base=NOWHERE_PORT_BASE)
    began = time.monotonic()
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        found = tick(sensor, nowhere, instance)
        assert time.monotonic() - began < NUMBERS_SECONDS
        known = latest(instance, evaluations(found))
        assert known
        assert not any(seen.passed for seen in known.values() if seen)
        assert instance.get_runs_count() == 0
        again = tick(sensor, nowhere, instance, found.cursor)
    assert evaluations(again) == []
    assert again.run_requests == []


@pytest.mark.e2e
def test_every_truth_holds_on_a_running_stack(
    stack_settings: Settings, tmp_path: Path, tick: Tick
) -> None:
    pause, deadline = threading.Event(), time.monotonic() + BOUND_SECONDS
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        while True:
            events = [
                event
                for sensor in (chain_checks, number_checks)
                for event in evaluations(tick(sensor, stack_settings, instance))
            ]
            known = latest(instance, events)
            broken = {
                key.to_user_string(): seen.description
                for key, seen in known.items()
                if seen is None or not seen.passed
            }
            if not broken:
                break
            assert time.monotonic() < deadline, broken
            pause.wait(1)
    assert len(known) == sum(len(w.truths) for stage in stages() for w in stage.watched)
