"""Every type that crosses the chain arrives as it was, ordinary, extreme and absent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from settlement_platform.capture.connect_client import ConnectClient, converge_connector
from settlement_platform.capture.local import core_connector_spec
from settlement_platform.capture.topics import converge_topics
from settlement_platform.config import Settings
from settlement_platform.contracts.topics import TopicSpec
from settlement_platform.streaming.cluster import local_cluster
from settlement_platform.streaming.flink_client import FlinkClient
from settlement_platform.streaming.gateway_client import gateway_session
from settlement_platform.streaming.jobs import filled

pytestmark = pytest.mark.e2e

SQL = Path(__file__).parent / "sql"
ROWS = 4


def sql(name: str) -> str:
    return (SQL / f"{name}.sql").read_text()


def is_dropped(core: psycopg.Connection, slot: str) -> bool:
    """Whether the slot is gone now; a connector that is ending may still hold it."""
    try:
        core.execute("SELECT pg_drop_replication_slot(%s)", [slot])
    except psycopg.errors.ObjectInUse:
        return False
    return True


@pytest.fixture
def wire(stack_settings: Settings, wait_for: Callable[..., None]) -> Iterator[Settings]:
    """A table of every type with a connector, a topic and a job of its own."""
    wanted = stack_settings
    with psycopg.connect(wanted.core_admin_dsn, autocommit=True) as core:
        core.execute(sql("wire_core").encode())
    with psycopg.connect(wanted.v2_owner_dsn, autocommit=True) as v2:
        v2.execute(sql("wire_v2").encode())
    topics = ("wire.public.wire_types", "wire.public.settlement_canary")
    topics += ("__debezium-heartbeat.wire",)
    converge_topics(wanted.kafka, tuple(TopicSpec(name) for name in topics))
    core_spec = core_connector_spec(wanted)
    own = {
        "topic.prefix": "wire",
        "table.include.list": "public.wire_types,public.settlement_canary",
        "slot.name": "wire_types",
        "publication.name": "wire_publication",
    }
    spec = replace(core_spec, name="wire-types", config={**core_spec.config, **own})
    addresses = {"kafka": wanted.kafka, "v2_jdbc_url": local_cluster(wanted).v2_jdbc_url}
    with (
        ConnectClient(wanted.connect) as connect,
        FlinkClient(wanted.flink) as flink,
        gateway_session(wanted.sql_gateway, {"table.local-time-zone": "UTC"}) as session,
    ):
        converge_connector(connect, spec)
        for name in ("wire_topic", "wire_sink"):
            session.execute(filled(sql(name), addresses))
        job_id = session.execute(sql("wire_insert")).job_id
        assert job_id is not None
        yield wanted
        flink.cancel(job_id)
        connect.delete(spec.name)
    with psycopg.connect(wanted.core_admin_dsn, autocommit=True) as core:
        wait_for(lambda: is_dropped(core, "wire_types"), "the connector holds its slot")


def test_every_type_arrives_as_it_was(wire: Settings, wait_for: Callable[..., None]) -> None:
    with (
        psycopg.connect(wire.core_admin_dsn) as core,
        psycopg.connect(wire.v2_dsn, autocommit=True) as v2,
    ):
        count = "SELECT COUNT(*) FROM wire_types"
        wait_for(lambda: v2.execute(count).fetchone() == (ROWS,), "not every row arrived")
        expected = core.execute(sql("wire_expected").encode()).fetchall()
        query = "SELECT *, a_document::text FROM wire_types ORDER BY id"
        found = [(*row[:-2], row[-1]) for row in v2.execute(query).fetchall()]
    assert found == expected
