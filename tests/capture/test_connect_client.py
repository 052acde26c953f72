"""Kafka Connect's client, against a real Connect, with a connector of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import psycopg
import pytest

from settlement_platform.capture.connect_client import ConnectClient, SourceOffset, state_of
from settlement_platform.capture.connectors import CORE_CONNECTOR, ConnectorSpec
from settlement_platform.capture.local import core_connector_spec
from settlement_platform.capture.topics import converge_topics
from settlement_platform.config import Settings
from settlement_platform.contracts.topics import TopicSpec
from settlement_platform.errors import CaptureError

pytestmark = pytest.mark.e2e

NAME = "client-test"
SLOT = PUBLICATION = "client_test"
WaitFor = Callable[..., None]


@pytest.fixture
def connect(stack_settings: Settings) -> Iterator[ConnectClient]:
    with ConnectClient(stack_settings.connect) as client:
        yield client


@pytest.fixture
def core(stack_settings: Settings) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(stack_settings.core_admin_dsn, autocommit=True) as found:
        yield found


@pytest.fixture
def spec(
    stack_settings: Settings,
    connect: ConnectClient,
    core: psycopg.Connection[tuple[object, ...]],
    wait_for: WaitFor,
) -> Iterator[ConnectorSpec]:
    """A connector that is not there yet, on the canary alone; its publication is missing."""
    topics = (f"{SLOT}.public.settlement_canary", f"__debezium-heartbeat.{SLOT}")
    converge_topics(stack_settings.kafka, tuple(TopicSpec(name) for name in topics))
    own = {
        "topic.prefix": SLOT,
        "table.include.list": "public.settlement_canary",
        "slot.name": SLOT,
        "publication.name": PUBLICATION,
    }
    found = core_connector_spec(stack_settings)
    yield replace(found, name=NAME, config={**found.config, **own})
    connect.delete(NAME)
    active = "SELECT 1 FROM pg_replication_slots WHERE slot_name = %s AND active"
    wait_for(lambda: core.execute(active, [SLOT]).fetchone() is None, "it holds its slot")
    drop = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
    core.execute(f"{drop} WHERE slot_name = %s".encode(), [SLOT])
    core.execute(f"DROP PUBLICATION IF EXISTS {PUBLICATION}".encode())


def test_a_connector_fails_runs_waits_stops_and_begins_anew(
    connect: ConnectClient,
    core: psycopg.Connection[tuple[object, ...]],
    spec: ConnectorSpec,
    wait_for: WaitFor,
) -> None:
    def is_(state: str) -> Callable[[], bool]:
        return lambda: state_of(connect.status(NAME)) == state

    connect.apply(spec)
    wait_for(is_("FAILED"), "it runs without its publication")
    status = connect.status(NAME)
    assert status is not None
    assert [task.number for task in status.tasks] == [0]
    assert "ublication" in str(status.tasks[0].trace)

    core.execute(f"CREATE PUBLICATION {PUBLICATION} FOR TABLE settlement_canary".encode())
    connect.restart_failed(NAME)
    wait_for(is_("RUNNING"), "its task was not restarted")
    assert connect.connectors().keys() >= {NAME, CORE_CONNECTOR}
    config = connect.config(NAME)
    assert config is not None
    assert config["database.password"].startswith("${secrets:")
    wait_for(lambda: len(connect.offsets(NAME)) == 1, "it has committed nothing")
    with pytest.raises(CaptureError, match=f"refused DELETE /connectors/{NAME}/offsets"):
        connect.reset_offsets(NAME)

    connect.pause(NAME)
    wait_for(is_("PAUSED"), "it was not paused")
    connect.resume(NAME)
    wait_for(is_("RUNNING"), "it was not resumed")
    connect.stop(NAME)
    wait_for(lambda: not getattr(connect.status(NAME), "tasks", ()), "its task goes on")
    assert is_("STOPPED")()

    [there] = connect.offsets(NAME)
    assert there.offset is not None
    elsewhere = SourceOffset(there.partition, {**there.offset, "ts_usec": 1})
    connect.alter_offsets(NAME, [elsewhere])
    assert connect.offsets(NAME) == [elsewhere]
    connect.reset_offsets(NAME)
    assert connect.offsets(NAME) == []
    connect.resume(NAME)
    wait_for(is_("RUNNING"), "it does not begin anew")

    connect.delete(NAME)
    wait_for(lambda: connect.status(NAME) is None, "it is still there")
    connect.delete(NAME)


def test_what_is_not_there_is_none_and_cannot_be_told_to_do_anything(
    connect: ConnectClient,
) -> None:
    assert (connect.config("nobody"), connect.status("nobody")) == (None, None)
    assert connect.offsets("nobody") == []
    with pytest.raises(CaptureError, match=r"refused PUT /connectors/nobody/pause: .*404") as told:
        connect.pause("nobody")
    assert "settlement logs connect" in told.value.remedy


def test_plugins_are_named_and_say_what_is_wrong_with_a_configuration(
    connect: ConnectClient, stack_settings: Settings
) -> None:
    spec = core_connector_spec(stack_settings)
    wanted = spec.config["connector.class"]
    [plugin] = [one for one in connect.plugins() if one.class_name == wanted]
    assert (plugin.kind, plugin.version) == ("source", "3.7.0.Final")
    assert connect.validate(spec) == {}
    config = {**spec.config, "slot.name": "Not A Slot", "poll.interval.ms": "often"}
    found = connect.validate(replace(spec, config=config))
    assert found.keys() == {"slot.name", "poll.interval.ms"}
