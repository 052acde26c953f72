"""The checks of the asset graph: which there are, and that each has a verdict and an entry."""

from __future__ import annotations

import json
import os
import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from settlement_platform.capture.connectors import CORE_CONNECTOR
from settlement_platform.config import Settings
from settlement_platform.definitions import defs
from settlement_platform.defs import checks, proven
from settlement_platform.defs.checks import Verdict, stages, verdict_of, verdicts
from settlement_platform.defs.naming import STAGES, connector_key, job_key, topic_key, v2_key
from settlement_platform.defs.reporting import evaluation
from settlement_platform.defs.resources import Flow
from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.checks import Severity, fails, holds
from settlement_platform.monitoring.flow import SYSTEMS, FlowReading
from settlement_platform.monitoring.streaming import job_truths
from settlement_platform.streaming.jobs import job_specs

GOLDEN = Path(__file__).parent / "golden" / "asset_checks.json"
RUNBOOK = Path(__file__).parents[2] / "docs" / "runbook.md"
NOWHERE_PORT_BASE = 7300


def specs() -> list[dg.AssetCheckSpec]:
    """The truths of the flow."""
    return [spec for declared in checks.defs.asset_checks or () for spec in declared.check_specs]


def all_specs() -> list[dg.AssetCheckSpec]:
    """Every check that Dagster knows, the flow's first."""
    of_days = [spec for found in proven.defs.asset_checks or () for spec in found.check_specs]
    return [*specs(), *of_days]


def judged(flow: FlowReading) -> list[Verdict]:
    return [verdict for stage in stages() for verdict in verdicts(stage, flow)]


def failing(flow: FlowReading) -> list[str]:
    return [verdict.key.to_user_string() for verdict in judged(flow) if not verdict.check.ok]


def test_the_checks_are_those_that_were_agreed_on() -> None:
    named: dict[str, list[str]] = {}
    for spec in all_specs():
        named.setdefault(spec.asset_key.to_user_string(), []).append(spec.name)
    found = json.dumps(named, indent=2) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(found)
    assert found == GOLDEN.read_text()


def test_every_check_is_on_an_asset_and_says_what_is_so_while_it_holds() -> None:
    assets = {spec.key for spec in defs.resolve_all_asset_specs()}
    for spec in all_specs():
        assert spec.asset_key in assets, spec.key
        assert str(spec.description).endswith("."), spec.key


def test_every_check_is_explained_in_the_runbook() -> None:
    runbook, jobs = RUNBOOK.read_text(), "|".join(job_specs())
    names = {re.sub(f"^({jobs})_", "*_", spec.name) for spec in all_specs()}
    unexplained = [name for name in sorted(names) if f"`{name}`" not in runbook]
    assert not unexplained, f"whoever sees it red finds nothing in docs/runbook.md: {unexplained}"


def test_the_stages_are_in_flow_order_and_read_what_they_need() -> None:
    assert tuple(stage.name for stage in stages()) == (*STAGES, checks.NUMBERS)
    assert {field.name for field in fields(FlowReading)} == set(SYSTEMS)
    assert {system for stage in stages() for system in stage.systems} == set(SYSTEMS)


def test_every_check_has_one_verdict_and_a_flow_that_is_well_passes_them_all(
    well: FlowReading,
) -> None:
    assert [verdict.key for verdict in judged(well)] == [spec.key for spec in specs()]
    assert failing(well) == []


@pytest.mark.parametrize("stage", stages(), ids=lambda stage: stage.name)
def test_a_stage_needs_no_other_systems_than_it_names(
    stage: checks.Stage, well: FlowReading
) -> None:
    unread = {system: Unread("nobody asked") for system in SYSTEMS if system not in stage.systems}
    changed: dict[str, Any] = dict(unread)
    assert all(verdict.check.ok for verdict in verdicts(stage, replace(well, **changed)))


def test_a_system_that_does_not_answer_fails_its_checks_with_the_cause(well: FlowReading) -> None:
    away = Unread("connection refused")
    nothing = FlowReading(*[away] * len(SYSTEMS))
    found = judged(nothing)
    assert [verdict.key for verdict in found] == [spec.key for spec in specs()]
    for verdict in found:
        assert not verdict.check.ok
        assert "connection refused" in verdict.description
        assert f"What to do: {verdict.check.remedy}" in verdict.description
        is_grave = verdict.check.name not in {"sql_gateway_answers", "core_has_the_rows_of_v2"}
        assert (verdict.severity is dg.AssetCheckSeverity.ERROR) == is_grave


def test_what_is_wrong_turns_the_right_asset_red(well: FlowReading) -> None:
    job = next(iter(job_specs()))
    assert failing(replace(well, connector="FAILED")) == [
        f"{connector_key(CORE_CONNECTOR).to_user_string()}:connector_runs"
    ]
    assert isinstance(well.jobs, list)
    others = [status for status in well.jobs if status.name != job]
    assert failing(replace(well, jobs=others)) == [
        f"{job_key(job).to_user_string()}:{truth}" for truth in job_truths(job)
    ]
    assert isinstance(well.topics, dict)
    topic = next(iter(well.topics))
    topics = {name: found for name, found in well.topics.items() if name != topic}
    assert failing(replace(well, topics=topics)) == [
        f"{topic_key(topic).to_user_string()}:topics_are_as_declared"
    ]
    assert not isinstance(well.v2, Unread)
    assert failing(replace(well, v2=replace(well.v2, open_dead_letters=1))) == [
        f"{v2_key('sp_v2_dead_letters').to_user_string()}:no_dead_letter_is_open"
    ]


@pytest.mark.parametrize("severity", ["error", "warning"])
def test_a_verdict_survives_being_reported(severity: Severity) -> None:
    asset = v2_key("sp_v2_as_of")
    for check in (fails("a_truth", "a cause", "a remedy", severity), holds("a_truth", "seen")):
        assert verdict_of(evaluation(Verdict(asset, check))) == Verdict(asset, check)


def test_a_stage_can_be_looked_at_by_hand_even_in_part(tmp_path: Path) -> None:
    nowhere = Settings(home=tmp_path, port_base=NOWHERE_PORT_BASE)
    [streaming] = [
        one for one in checks.defs.asset_checks or () if one.node_def.name == "streaming_truths"
    ]
    wanted = sorted(streaming.check_keys, key=str)[0]
    job = dg.define_asset_job("by_hand", dg.AssetSelection.checks(wanted))
    given = dg.Definitions(
        asset_checks=[streaming], jobs=[job], resources={"flow": Flow(settings=lambda: nowhere)}
    )
    with dg.DagsterInstance.ephemeral() as instance:
        result = given.resolve_job_def("by_hand").execute_in_process(instance=instance)
    [found] = result.get_asset_check_evaluations()
    assert result.success
    assert (found.asset_check_key, found.passed) == (wanted, False)
    assert "Flink does not answer" in str(found.description)
