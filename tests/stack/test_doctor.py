"""The doctor's verdicts on a running stack, and its readings of the real servers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from settlement_platform.capture.connectors import PUBLICATION, SLOT
from settlement_platform.config import Settings
from settlement_platform.contracts.topics import topic_specs
from settlement_platform.stack.bounded import Unread
from settlement_platform.stack.checks import Check
from settlement_platform.stack.doctor import StackReading, stack_checks
from settlement_platform.stack.doctor_core import (
    CoreReading,
    SlotReading,
    column_differences,
    contract_columns,
    core_checks,
    read_core,
)
from settlement_platform.stack.doctor_flow import (
    TopicReading,
    V2Reading,
    read_v2,
    topic_differences,
    v2_checks,
)
from settlement_platform.stack.status_parts import JobStatus, ServiceStatus
from settlement_platform.stack.waiting import Arrival

GIB = 2**30
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
SLOT_READ = SlotReading(active=True, wal_status="reserved", retained_bytes=0, limit_bytes=8 * GIB)
CORE = CoreReading(contract_columns(), [], [], SLOT_READ)
V2 = V2Reading(["0001"], ["0001"], Arrival(NOW, NOW - SECOND, NOW - SECOND), 0)
TOPICS = {spec.name: TopicReading(spec.partitions, dict(spec.config)) for spec in topic_specs()}
WELL = StackReading(
    services=[ServiceStatus("kafka", "running", 1, 2, 3, 0)],
    core=CORE,
    connector="RUNNING",
    topics=TOPICS,
    jobs=[JobStatus("cube", "RUNNING", 1.0)],
    v2=V2,
)


def failed(stack: StackReading | None) -> dict[str, Check]:
    """The checks that do not hold, by name."""
    return {check.name: check for check in stack_checks(stack, ["cube"]) if not check.ok}


def test_a_stack_that_is_well_passes_every_check() -> None:
    assert failed(WELL) == {}


def test_a_stack_that_is_down_is_one_failure() -> None:
    assert list(failed(None)) == ["stack_is_up"]
    assert failed(None)["stack_is_up"].cause == "the stack is down"


def test_parts_that_are_away_are_one_failure_each() -> None:
    away = Unread("refused")
    stack = replace(WELL, core=away, connector=away, topics=away, jobs=away, v2=away)
    assert sorted(failed(stack)) == [
        "connector_runs",
        "core_answers",
        "flink_answers",
        "kafka_answers",
        "v2_answers",
    ]


@pytest.mark.parametrize(
    ("changed", "name", "cause"),
    [
        (
            {"services": [ServiceStatus("kafka", "backoff", None, 2, 0, 7)]},
            "kafka_runs",
            "kafka is backoff, after 7 restarts",
        ),
        ({"services": Unread("hangs")}, "supervisord_answers", "hangs"),
        ({"connector": "FAILED"}, "connector_runs", "FAILED"),
        ({"topics": {}}, "topics_are_as_declared", "transactions_to_settle is missing"),
        ({"jobs": []}, "cube_runs_once", "MISSING"),
        ({"jobs": [JobStatus("cube", "RESTARTING", None)]}, "cube_runs_once", "RESTARTING"),
        ({"jobs": [JobStatus("cube", "RUNNING", 1.0)] * 2}, "cube_runs_once", "2 copies"),
        (
            {"jobs": [JobStatus("cube", "RUNNING", 31.0)]},
            "cube_completes_checkpoints",
            "the newest is 31 s old",
        ),
        (
            {"jobs": [JobStatus("cube", "RUNNING", None)]},
            "cube_completes_checkpoints",
            "there is none",
        ),
        ({"core": replace(CORE, identity_not_full=["t"])}, "replica_identity_is_full", "t"),
        ({"core": replace(CORE, not_published=["t"])}, "publication_has_the_captured_tables", "t"),
        ({"core": replace(CORE, columns={})}, "core_columns_are_the_contract", "is missing"),
        ({"core": replace(CORE, slot=None)}, "slot_is_active", "does not exist"),
        ({"core": replace(CORE, slot=replace(SLOT_READ, active=False))}, "slot_is_active", SLOT),
        (
            {"core": replace(CORE, slot=replace(SLOT_READ, retained_bytes=5 * GIB))},
            "slot_holds_little_log_back",
            "5,120.0 MiB held back, 8,192 MiB allowed",
        ),
        (
            {"core": replace(CORE, slot=replace(SLOT_READ, wal_status="lost"))},
            "slot_holds_little_log_back",
            "(lost)",
        ),
        ({"v2": replace(V2, revisions=[])}, "v2_schema_is_at_head", "V2 is at no migration"),
        ({"v2": replace(V2, open_dead_letters=3)}, "no_dead_letter_is_open", "3 records"),
        (
            {"v2": replace(V2, arrival=Arrival(NOW, NOW, NOW - 11 * SECOND))},
            "canary_is_fresh",
            "11 s old",
        ),
        (
            {"v2": replace(V2, arrival=Arrival(NOW, NOW - 31 * SECOND, NOW))},
            "as_of_is_fresh",
            "31 s old",
        ),
        ({"v2": replace(V2, arrival=Arrival(NOW, None, NOW))}, "as_of_is_fresh", "none ever came"),
        (
            {"v2": replace(V2, arrival=Arrival(NOW, NOW, NOW + 60 * SECOND))},
            "canary_is_fresh",
            "60 s ahead of V2's clock",
        ),
    ],
)
def test_what_is_wrong_has_one_check_with_its_cause(
    changed: dict[str, Any], name: str, cause: str
) -> None:
    found = failed(replace(WELL, **changed))
    assert list(found) == [name]
    assert cause in str(found[name].cause)
    assert found[name].remedy


def test_a_slot_without_a_limit_may_hold_back_what_it_likes() -> None:
    slot = replace(SLOT_READ, retained_bytes=100 * GIB, limit_bytes=None)
    assert all(check.ok for check in core_checks(replace(CORE, slot=slot)))


def test_traffic_that_does_not_run_is_nobodys_fault() -> None:
    services = [ServiceStatus("traffic", "stopped", None, None, 0, 0)]
    assert failed(replace(WELL, services=services)) == {}


def test_a_column_beyond_the_contract_is_the_cores_own() -> None:
    wanted = {"t": {"a": "text", "b": "numeric(15,2)"}}
    assert column_differences(wanted, {"t": {**wanted["t"], "c": "text"}}) == []
    assert column_differences(wanted, {"t": {"a": "integer"}}) == [
        "t.a is integer, not text",
        "t.b is missing",
    ]


def test_topics_are_compared_in_partitions_and_in_what_is_declared() -> None:
    name, reading = next(iter(TOPICS.items()))
    key = next(iter(reading.config))
    wrong = {**TOPICS, name: TopicReading(3, {**reading.config, key: "other", "extra": "1"})}
    assert topic_differences(topic_specs(), wrong) == [
        f"{name} has 3 partitions, not 1",
        f"{name} has {key}=other, not {reading.config[key]}",
    ]


def test_the_simulated_core_is_as_its_contract(databases: Settings) -> None:
    checks = {check.name: check for check in core_checks(read_core(databases))}
    names = ("core_columns_are_the_contract", "replica_identity_is_full")
    for name in (*names, "publication_has_the_captured_tables"):
        assert checks[name].ok, checks[name].cause


def test_what_is_wrong_in_a_real_core_is_read(databases: Settings) -> None:
    table = "settlement_canary"
    with psycopg.connect(databases.core_admin_dsn, autocommit=True) as core:
        core.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", [SLOT])
        core.execute(f"ALTER TABLE {table} REPLICA IDENTITY DEFAULT")
        core.execute(f"ALTER PUBLICATION {PUBLICATION} DROP TABLE {table}")
        try:
            seen = read_core(databases)
        finally:
            core.execute(f"ALTER PUBLICATION {PUBLICATION} ADD TABLE {table}")
            core.execute(f"ALTER TABLE {table} REPLICA IDENTITY FULL")
            core.execute("SELECT pg_drop_replication_slot(%s)", [SLOT])
    assert (seen.identity_not_full, seen.not_published) == ([table], [table])
    assert seen.slot is not None
    assert (seen.slot.active, seen.slot.wal_status) == (False, "reserved")
    assert seen.slot.limit_bytes == 8 * GIB


def test_a_migrated_v2_is_at_head(databases: Settings) -> None:
    seen = read_v2(databases)
    assert seen.revisions == seen.wanted_revisions
    schema = next(check for check in v2_checks(seen) if check.name == "v2_schema_is_at_head")
    assert schema.ok
