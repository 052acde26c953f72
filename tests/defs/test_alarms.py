"""What a look at the flow leads to: letters, observations and runs, from look to look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from settlement_platform.capture.connectors import CORE_CONNECTOR
from settlement_platform.config import Settings
from settlement_platform.definitions import defs
from settlement_platform.defs.alarms import Alarms, Reaction, healed_states, react
from settlement_platform.defs.checks import stages, verdicts
from settlement_platform.defs.naming import connector_key, job_key
from settlement_platform.defs.reporting import Memory, Reported
from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.flow import FlowReading
from settlement_platform.monitoring.outbox import put
from settlement_platform.monitoring.streaming import JobStatus
from settlement_platform.monitoring.troubles import Patience, Troubles
from settlement_platform.streaming.jobs import job_specs

NOW = 1_800_000_000.0
LOOK_SECONDS = 10.0
JOB = next(iter(job_specs()))
CONNECTOR = f"{connector_key(CORE_CONNECTOR).to_user_string()}:connector_runs"
NOWHERE = Settings(home=Path("/nowhere"))
PATIENCE = Patience(error_looks=2, warning_looks=6, good_looks=3)


def looks(*flows: FlowReading) -> list[Reaction]:
    """Look after look."""
    troubles: Troubles = {}
    found = []
    for number, flow in enumerate(flows):
        seen = [verdict for stage in stages() for verdict in verdicts(stage, flow)]
        found.append(react(troubles, seen, NOW + number * LOOK_SECONDS, PATIENCE, NOWHERE))
        troubles = found[-1].troubles
    return found


def without_job(flow: FlowReading, state: str | None) -> FlowReading:
    """The first job is away, or in another state."""
    assert isinstance(flow.jobs, list)
    others = [job for job in flow.jobs if job.name != JOB]
    changed = [JobStatus(JOB, state, None)] if state else []
    return replace(flow, jobs=[*changed, *others])


def test_a_flow_that_is_well_leads_to_nothing(well: FlowReading) -> None:
    for reaction in looks(well, well, well):
        assert reaction == Reaction({}, [], [], [])


@pytest.mark.parametrize("state", ["PAUSED", "STOPPED", "FAILED", "MISSING"])
def test_a_connector_that_does_not_run_is_converged_and_told_of(
    well: FlowReading, state: str
) -> None:
    broken = replace(well, connector=state)
    first, second, third, *_, last = looks(broken, broken, broken, well, well, well)
    assert (first.letters, first.runs, first.observations) == ([], [], [])
    [run], [letter] = second.runs, second.letters
    assert run.asset_selection == [connector_key(CORE_CONNECTOR)]
    assert run.tags == {"healing": CONNECTOR, "healing/try": "1 of 3"}
    assert run.job_name == "converge"
    assert f"/assets/capture/{CORE_CONNECTOR}?view=checks&checkDetail=connector_runs" in letter.body
    assert f"/connectors/{CORE_CONNECTOR}/status" in letter.body
    assert "1 of 3" in letter.body
    said = [observation.metadata["result"].value for observation in second.observations]
    assert said == ["requested", "begins"]
    assert (third.runs, third.letters) == ([], [])
    [over] = last.letters
    assert over.title == f"OVER: {CONNECTOR} is over"
    assert last.troubles == {}


@pytest.mark.parametrize(
    ("wal_status", "truth"),
    [(None, "slot_is_active"), ("lost", "slot_holds_little_log_back")],
)
def test_a_slot_that_is_lost_has_the_connector_converged(
    well: FlowReading, wal_status: str | None, truth: str
) -> None:
    assert not isinstance(well.core, Unread) and well.core.slot is not None
    slot = None if wal_status is None else replace(well.core.slot, wal_status=wal_status)
    broken = replace(well, core=replace(well.core, slot=slot))
    _, second = looks(broken, broken)
    [run] = second.runs
    assert run.asset_selection == [connector_key(CORE_CONNECTOR)]
    assert run.tags["healing"].endswith(f":{truth}")


@pytest.mark.parametrize("state", [None, "FAILED", "CANCELED", "FINISHED"])
def test_a_job_that_has_ended_is_converged(well: FlowReading, state: str | None) -> None:
    broken = without_job(well, state)
    _, second = looks(broken, broken)
    assert [run.asset_selection for run in second.runs] == [[job_key(JOB)]]


@pytest.mark.parametrize("state", ["RESTARTING", "INITIALIZING", "CREATED"])
def test_a_job_that_flink_restarts_is_left_to_flink(well: FlowReading, state: str) -> None:
    broken = without_job(well, state)
    reactions = looks(*[broken] * 10)
    assert [run for reaction in reactions for run in reaction.runs] == []
    assert sum(len(reaction.letters) for reaction in reactions) == 1


def test_a_system_that_does_not_answer_is_told_of_and_not_converged(well: FlowReading) -> None:
    away = replace(well, connector=Unread("refused"), jobs=Unread("refused"))
    reactions = looks(*[away] * 10)
    assert [run for reaction in reactions for run in reaction.runs] == []
    [letter] = [letter for reaction in reactions for letter in reaction.letters]
    assert "Flink does not answer: refused" in letter.body


def test_what_is_healed_is_a_check_of_an_asset_that_can_be_converged() -> None:
    graph = defs.resolve_asset_graph()
    checks = {key.to_user_string(): key for key in graph.asset_check_keys}
    healed = {checks[truth].asset_key for truth in healed_states()}
    assert healed == defs.resolve_job_def("converge").asset_layer.executable_asset_keys


def test_what_is_remembered_survives_the_cursor(well: FlowReading) -> None:
    broken = replace(well, connector="PAUSED")
    second = looks(broken, broken)[-1]
    outbox = put(Alarms().outbox, second.letters, ["json 0"], NOW)
    memory = Memory(Reported(NOW), Alarms(dict(second.troubles), outbox, ("run",)))
    assert Memory.from_cursor(memory.to_cursor()) == memory


def test_a_letter_names_what_stands_first_in_the_flow(well: FlowReading) -> None:
    broken = without_job(replace(well, connector="PAUSED"), "FAILED")
    [letter] = looks(broken, broken)[-1].letters
    assert letter.title.startswith(f"ALARM: {CONNECTOR} begins and")
    assert letter.body.count("what to do:") > 1


def test_only_the_sensor_of_the_whole_chain_asks_for_runs() -> None:
    repository = defs.get_repository_def()
    sensors = [repository.get_sensor_def(name) for name in ("chain_checks", "number_checks")]
    assert [[target.job_name for target in sensor.targets] for sensor in sensors] == [
        ["converge"],
        [],
    ]
    assert {one.default_status for one in sensors} == {dg.DefaultSensorStatus.RUNNING}
