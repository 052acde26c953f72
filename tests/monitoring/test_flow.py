"""The verdicts on a running flow, and the readings of real servers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from settlement_platform.capture.connectors import PUBLICATION, SLOT
from settlement_platform.capture.kafka_client import Topic
from settlement_platform.config import Settings
from settlement_platform.contracts.topics import (
    CORE_CONSUMER,
    CORE_CONSUMER_GROUP,
    EVENT_TOPICS,
    topic_specs,
)
from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.capture import topic_checks, topic_differences
from settlement_platform.monitoring.checks import Check
from settlement_platform.monitoring.core import (
    CoreReading,
    column_differences,
    contract_columns,
    core_checks,
    new_columns,
    read_core,
    table_checks,
)
from settlement_platform.monitoring.flow import SYSTEMS, FlowReading, flow_checks, read_flow
from settlement_platform.monitoring.hops import Arrival
from settlement_platform.monitoring.numbers import (
    CubeLook,
    CubeReading,
    NumbersReading,
    TermsReading,
    VersionsReading,
)
from settlement_platform.monitoring.offsets import OffsetsReading, PartitionReading, Position
from settlement_platform.monitoring.presence import Presence
from settlement_platform.monitoring.slot import SlotReading
from settlement_platform.monitoring.streaming import JobHealth, JobStatus
from settlement_platform.monitoring.v2 import V2Reading, read_v2

GIB = 2**30
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
SLOT_READ = SlotReading(active=True, wal_status="reserved", retained_bytes=0, limit_bytes=8 * GIB)
CORE = CoreReading(contract_columns(), [], [], SLOT_READ)
V2 = V2Reading(["0001"], ["0001"], Arrival(NOW, NOW - SECOND, NOW - SECOND), 0)
TOPICS = {spec.name: Topic(spec.partitions, dict(spec.config)) for spec in topic_specs()}
NUMBERS = NumbersReading(
    NOW.date(),
    CubeReading(CubeLook(NOW, NOW, 1, 1, [])),
    [],
    VersionsReading(0, 0),
    TermsReading(0, 0, 0),
)
WELL = FlowReading(
    core=CORE,
    connector="RUNNING",
    v2_connector="RUNNING",
    outbox_connector="RUNNING",
    topics=TOPICS,
    offsets=OffsetsReading(NOW, {}, [], NOW, {}),
    zookeeper="3.7",
    taskmanagers=1,
    jobs=[JobStatus("cube", "RUNNING", 1.0)],
    gateway="2.2",
    v2=V2,
    presence={},
    numbers=NUMBERS,
)
EVENTS = (EVENT_TOPICS[0], 0)
EVENTS_UNREAD = OffsetsReading(
    NOW,
    {EVENTS: PartitionReading(first=0, stable=10, end=10, young=10)},
    [Position(CORE_CONSUMER, CORE_CONSUMER_GROUP, *EVENTS, None)],
    NOW,
    {(*EVENTS, 0): NOW - 60 * SECOND},
)


def failed(flow: FlowReading) -> dict[str, Check]:
    """The checks that do not hold, by name."""
    return {check.name: check for check in flow_checks(flow, ["cube"]) if not check.ok}


def test_a_flow_that_is_well_passes_every_check() -> None:
    assert failed(WELL) == {}


def test_a_job_that_has_just_begun_is_not_blamed_for_having_no_checkpoint_yet() -> None:
    assert (
        failed(
            replace(WELL, jobs=[JobStatus("cube", "RUNNING", None, JobHealth(age_seconds=14.0))])
        )
        == {}
    )


def test_systems_that_are_away_are_one_failure_each() -> None:
    away = Unread("refused")
    systems = FlowReading(*[away] * len(SYSTEMS))
    assert sorted(failed(systems)) == [
        "connector_runs",
        "core_answers",
        "flink_answers",
        "kafka_answers",
        "sql_gateway_answers",
        "v2_answers",
        "zookeeper_answers",
    ]


@pytest.mark.parametrize(
    ("changed", "name", "cause"),
    [
        ({"connector": "FAILED"}, "connector_runs", "FAILED"),
        ({"v2_connector": "FAILED"}, "v2_connector_runs", "FAILED"),
        ({"outbox_connector": "FAILED"}, "outbox_connector_runs", "FAILED"),
        ({"offsets": EVENTS_UNREAD}, "core_consumer_keeps_up", "9 records and 60 s behind"),
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
            {"jobs": [JobStatus("cube", "RUNNING", None, JobHealth(age_seconds=16.0))]},
            "cube_completes_checkpoints",
            "no checkpoint in 15 s: there is none",
        ),
        (
            {"jobs": [JobStatus("cube", "RUNNING", 1.0, JobHealth(failed_in_a_row=3))]},
            "cube_completes_checkpoints",
            "the newest 3 failed",
        ),
        (
            {"jobs": [JobStatus("cube", "RUNNING", 1.0, JobHealth(restart_causes=("x",) * 3))]},
            "cube_is_not_restarted_in_a_loop",
            "the newest cause: x",
        ),
        (
            {"jobs": [JobStatus("cube", "RUNNING", 1.0, JobHealth(60.0, 5 * GIB, 1.0))]},
            "cube_has_light_checkpoints",
            "5,120.0 MiB in 1.0 s",
        ),
        (
            {"jobs": [JobStatus("cube", "RUNNING", 1.0, JobHealth(60.0, 1, 11.0))]},
            "cube_has_light_checkpoints",
            "in 11.0 s",
        ),
        (
            {"jobs": [JobStatus("cube", "RESTARTING", None, JobHealth(restart_causes=("x",)))]},
            "cube_runs_once",
            "RESTARTING; x",
        ),
        ({"zookeeper": Unread("refused")}, "zookeeper_answers", "refused"),
        ({"taskmanagers": 0}, "a_taskmanager_has_registered", "no TaskManager"),
        ({"gateway": Unread("refused")}, "sql_gateway_answers", "no job can be deployed"),
        (
            {"presence": {"merchant_data": Presence(20, 0)}},
            "core_has_the_rows_of_v2",
            "0 of 20 rows that V2 has are in the core's merchant_data",
        ),
        (
            {"core": replace(CORE, clock_ahead_seconds=2.0)},
            "clocks_agree",
            "Core's by +2.0 s",
        ),
        (
            {"core": replace(CORE, identity_not_full=["merchant_data"])},
            "replica_identity_is_full",
            "without their old row: merchant_data",
        ),
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
        ({"numbers": Unread("slow")}, "v2_numbers_can_be_read", "slow"),
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


def test_a_late_canary_is_old_and_stands_at_a_hop() -> None:
    left_at, core = NOW - 6 * SECOND, replace(CORE, beat_at=NOW - 6 * SECOND)
    v2 = replace(V2, arrival=Arrival(NOW, NOW, left_at))
    found = failed(replace(WELL, core=core, v2=v2))
    assert list(found) == ["canary_is_fresh", "canary_passes_every_hop"]
    assert "6 s old" in str(found["canary_is_fresh"].cause)
    assert "core → Connect" in str(found["canary_passes_every_hop"].cause)


def test_a_slot_that_fills_is_a_warning_and_one_that_is_lost_an_error() -> None:
    size = "slot_holds_little_log_back"
    fills, lost = (
        replace(SLOT_READ, retained_bytes=5 * GIB),
        replace(SLOT_READ, wal_status="lost"),
    )
    seen = [failed(replace(WELL, core=replace(CORE, slot=slot)))[size] for slot in (fills, lost)]
    assert [check.severity for check in seen] == ["warning", "error"]
    assert seen[0].measured == {"retained_bytes": 5 * GIB, "limit_bytes": 8 * GIB}


def test_one_table_or_topic_is_not_blamed_for_another() -> None:
    columns = {**contract_columns(), "merchant_data": {}}
    core = replace(CORE, columns=columns, identity_not_full=["settlement_canary"])
    wrong = {
        table: [check.name for check in table_checks(core, table) if not check.ok]
        for table in contract_columns()
    }
    assert {table: names for table, names in wrong.items() if names} == {
        "merchant_data": ["core_columns_are_the_contract"],
        "settlement_canary": ["replica_identity_is_full"],
    }
    first, second, *_ = topic_specs()
    without_first = {name: found for name, found in TOPICS.items() if name != first.name}
    assert not topic_checks(without_first, (first,))[0].ok
    assert topic_checks(without_first, (second,))[0].ok


def test_a_slot_without_a_limit_may_hold_back_what_it_likes() -> None:
    slot = replace(SLOT_READ, retained_bytes=100 * GIB, limit_bytes=None)
    assert all(check.ok for check in core_checks(replace(CORE, slot=slot)))


def test_a_column_beyond_the_contract_is_the_cores_own() -> None:
    wanted = {"t": {"a": "text", "b": "numeric(15,2)"}}
    assert column_differences(wanted, {"t": {**wanted["t"], "c": "text"}}) == []
    assert column_differences(wanted, {"t": {"a": "integer"}}) == [
        "t.a is integer, not text",
        "t.b is missing",
    ]


def test_a_column_that_was_renamed_is_recognized_by_its_type() -> None:
    wanted = {"t": {"a": "text", "b": "numeric(15,2)"}}
    found = {"t": {"a": "text", "c": "numeric(15,2)", "d": "text"}}
    assert column_differences(wanted, found) == ["t.b is missing (renamed to c?)"]
    assert new_columns(wanted, found) == [("t", "c", "numeric(15,2)"), ("t", "d", "text")]


def test_topics_are_compared_in_partitions_and_in_what_is_declared() -> None:
    name, reading = next(iter(TOPICS.items()))
    key = next(iter(reading.config))
    wrong = {**TOPICS, name: Topic(3, {**reading.config, key: "other", "extra": "1"})}
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
    assert seen.slot.left_minutes is not None
    assert seen.beat_at is not None


def test_a_migrated_v2_is_at_head_and_its_canary_is_read(databases: Settings) -> None:
    canary = "INSERT INTO sp_v2_canary VALUES (1, {0}, {0}, {0}, {0}, 1)".format(
        "clock_timestamp()"
    )
    with psycopg.connect(databases.v2_owner_dsn, autocommit=True) as v2:
        v2.execute("TRUNCATE sp_v2_canary")
        v2.execute(canary.encode())
        seen = read_v2(databases)
        v2.execute("TRUNCATE sp_v2_canary")
    assert seen.revisions == seen.wanted_revisions
    assert abs(seen.clock_ahead_seconds) < 1
    found = {check.name: check for check in flow_checks(replace(WELL, v2=seen), ["cube"])}
    assert found["v2_schema_is_at_head"].ok
    assert found["canary_passes_every_hop"].ok
    assert len(found["canary_passes_every_hop"].measured) == 4


def test_what_is_not_asked_for_is_not_read(databases: Settings) -> None:
    found = read_flow(databases, ("core",))
    assert isinstance(found.core, CoreReading)
    assert found.v2 == Unread("nobody asked")
