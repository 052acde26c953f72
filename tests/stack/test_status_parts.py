"""What `settlement status` says, from readings: the shape of its JSON is an interface."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from settlement_platform.config import Settings
from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.streaming import jobs
from settlement_platform.stack.orphans import Orphan
from settlement_platform.stack.status_parts import (
    SERVICES,
    ConnectorStatus,
    ProcessMemory,
    Status,
    connectors,
    endpoints,
    memory_of,
    restarts,
    services,
)

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
LOG = """\
2026-01-01 00:00:00,000 INFO supervisord started with pid 1
2026-01-01 00:00:00,100 INFO spawned: 'kafka' with pid 10
2026-01-01 00:00:01,100 INFO spawned: 'kafka' with pid 11
2026-01-01 09:00:00,000 INFO supervisord started with pid 2
2026-01-01 09:00:00,100 INFO spawned: 'kafka' with pid 20
2026-01-01 09:00:00,100 INFO spawned: 'api' with pid 21
2026-01-01 09:00:07,000 WARN exited: kafka (terminated by SIGKILL; not expected)
2026-01-01 09:00:07,100 INFO spawned: 'kafka' with pid 22
2026-01-01 09:00:09,100 INFO spawned: 'kafka' with pid 23
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home in which nothing was ever started."""
    return Settings(home=tmp_path, port_base=7000)


def test_restarts_are_counted_in_the_newest_run_of_the_supervisor_alone() -> None:
    assert restarts(LOG) == {"kafka": 2, "api": 0}


def test_memory_is_that_of_a_process_and_of_all_below_it() -> None:
    seen = {
        1: ProcessMemory(0, 1000),
        10: ProcessMemory(1, 5),
        11: ProcessMemory(10, 7),
        12: ProcessMemory(11, 11),
        20: ProcessMemory(1, 13),
    }
    assert memory_of(10, seen) == 5 + 7 + 11
    assert memory_of(99, seen) == 0


def test_every_service_is_listed_when_nothing_runs(settings: Settings) -> None:
    found = services(settings, [], [], {}, {})
    assert [service.name for service in found] == list(SERVICES)
    assert {(service.state, service.pid, service.rss_bytes) for service in found} == {
        ("stopped", None, 0)
    }


def test_a_service_has_its_state_port_memory_and_restarts(settings: Settings) -> None:
    known = [
        {"name": "kafka", "statename": "RUNNING", "pid": 10},
        {"name": "keeper", "statename": "BACKOFF", "pid": 0},
        {"name": "traffic", "statename": "RUNNING", "pid": 30},
    ]
    found = {
        service.name: service
        for service in services(settings, known, [], {10: ProcessMemory(1, 5)}, {"kafka": 2})
    }
    kafka, keeper = found["kafka"], found["keeper"]
    assert (kafka.state, kafka.pid, kafka.port) == ("running", 10, 7003)
    assert (kafka.rss_bytes, kafka.restarts) == (5, 2)
    assert (keeper.state, keeper.pid, keeper.port) == ("backoff", None, None)
    assert found["flink-taskmanager"].port == 7017
    assert list(found)[-1] == "traffic"


def test_a_program_without_its_supervisor_is_called_orphaned(settings: Settings) -> None:
    left_behind = [Orphan("kafka", 10, "TERM")]
    found = services(settings, [], left_behind, {10: ProcessMemory(1, 5)}, {})
    kafka = next(service for service in found if service.name == "kafka")
    assert (kafka.state, kafka.pid, kafka.rss_bytes) == ("orphaned", 10, 5)


def test_the_lag_of_a_connector_is_the_age_of_the_newest_canary_in_v2() -> None:
    core_at = NOW - dt.timedelta(milliseconds=1250)
    states = {"sabpaisa-core": "RUNNING", "settlement-v2": "FAILED", "settlement-outbox": "MISSING"}
    assert connectors(states, core_at, NOW) == [
        ConnectorStatus("sabpaisa-core", "RUNNING", 1.25),
        ConnectorStatus("settlement-v2", "FAILED", None),
        ConnectorStatus("settlement-outbox", "MISSING", None),
    ]
    assert {found.state for found in connectors(Unread("away"), None, NOW)} == {"unreachable"}


def test_the_json_has_exactly_the_keys_that_tools_rely_on(settings: Settings) -> None:
    found = Status(
        services(settings, [], [], {}, {}),
        endpoints(settings),
        connectors({}, NOW, NOW),
        jobs(["one"], [], NOW),
        NOW,
    ).to_json()
    assert list(found) == ["services", "endpoints", "connectors", "jobs", "as_of"]
    assert list(found["services"][0]) == ["name", "state", "pid", "port", "rss_bytes", "restarts"]
    assert list(found["endpoints"]) == [
        "core_dsn",
        "v2_dsn",
        "v2_owner_dsn",
        "kafka",
        "connect",
        "flink",
        "sql_gateway",
        "api",
        "dashboard",
        "dagster",
    ]
    assert list(found["connectors"][0]) == ["name", "state", "lag_seconds"]
    assert list(found["jobs"][0]) == ["name", "state", "checkpoint_age_seconds"]
    assert found["as_of"] == "2026-01-01T00:00:00Z"


def test_endpoints_that_need_a_secret_are_null_before_there_is_one(settings: Settings) -> None:
    found = endpoints(settings)
    assert (found["core_dsn"], found["v2_dsn"], found["v2_owner_dsn"]) == (None, None, None)
    assert found["kafka"] == "127.0.0.1:7003"
    assert found["dashboard"] == "http://127.0.0.1:7007/"


def test_endpoints_of_a_home_with_secrets_can_be_connected_to(settings: Settings) -> None:
    settings.secrets_dir.mkdir()
    for role in ("core_app", "v2_reader", "v2_owner"):
        (settings.secrets_dir / role).write_text("s/1")
    found = endpoints(settings)
    assert found["core_dsn"] == "postgresql://core_app:s%2F1@127.0.0.1:7001/core"
    assert found["v2_dsn"] == "postgresql://v2_reader:s%2F1@127.0.0.1:7002/v2"
