"""Each part frozen, killed or misconfigured: the right check turns red, and green again after."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import httpx
import psycopg
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from settlement_platform.capture.connectors import CORE_CONNECTOR, PUBLICATION
from settlement_platform.capture.topics import converge_topics
from settlement_platform.config import Settings
from settlement_platform.contracts.core import MerchantData, TransactionToSettle
from settlement_platform.contracts.topics import captured_topic, topic_specs
from settlement_platform.defs.reporting import chain_checks
from settlement_platform.drills.parts import frozen
from settlement_platform.kafka import Questions
from settlement_platform.stack.supervision import Supervisor
from settlement_platform.storage.engine import engine
from settlement_platform.streaming.cluster import local_cluster
from settlement_platform.streaming.deploy import converge_job
from settlement_platform.streaming.flink_client import FlinkClient
from settlement_platform.streaming.jobs import job_specs

pytestmark = pytest.mark.e2e

CANARY_BOUND_SECONDS = 12.0
RED_BOUND_SECONDS = 30.0
GREEN_BOUND_SECONDS = 120.0
GREEN_LOOKS = 3
PAUSE_SECONDS = 0.5
MERCHANTS = "core/merchant_data"
MERCHANTS_TOPIC = f"topic/{captured_topic(MerchantData)}"
CANARY = "v2/sp_v2_canary:canary_passes_every_hop"
CONNECTOR = f"capture/{CORE_CONNECTOR}"
CUBE = "streaming/realtime_aggregates"
SAYS_THAT_NOT_WHERE = {"canary_is_fresh", "as_of_is_fresh"}

Tick = Callable[..., dg.SensorResult]
Seen = dict[str, dg.AssetCheckEvaluation]


class Watch:
    """The sensor of the flow, ticked again and again, and what it has reported of each check."""

    def __init__(self, settings: Settings, instance: dg.DagsterInstance, tick: Tick) -> None:
        self._settings, self._instance, self._tick = settings, instance, tick
        self._cursor: str | None = None
        self._known: Seen = {}

    def look(self) -> Seen:
        """Tick once. Returns the checks that are red, in flow order."""
        found = self._tick(chain_checks, self._settings, self._instance, self._cursor)
        self._cursor = found.cursor
        for event in found.asset_events:
            if isinstance(event, dg.AssetCheckEvaluation):
                self._known[event.asset_check_key.to_user_string()] = event
        return {key: seen for key, seen in self._known.items() if not seen.passed}

    def until_red(self, key: str, cause: str, since: float, bound_seconds: float) -> None:
        """Look until that check is red with that cause, and see that nothing else is blamed."""
        pause = threading.Event()
        while True:
            red = self.look()
            took_seconds = time.monotonic() - since
            if key in red and re.search(cause, str(red[key].description)):
                break
            assert took_seconds < bound_seconds, f"{key} is not red with {cause!r}: {told(red)}"
            pause.wait(PAUSE_SECONDS)
        print(f"{key.partition(':')[2]} red after {took_seconds:.1f} s: {red[key].description}")
        assert took_seconds < bound_seconds

    def until_green(self, bound_seconds: float = GREEN_BOUND_SECONDS) -> None:
        """Look until every truth holds, and some looks more: a JobManager that stood says for a
        moment that all is as it was, before it learns that it leads no more."""
        pause, since, last = threading.Event(), time.monotonic(), list[str]()
        green_looks = 0
        while green_looks < GREEN_LOOKS:
            red = self.look()
            green_looks = 0 if red else green_looks + 1
            if red and last != (last := [key.partition(":")[2] for key in red]):
                print(f"  {time.monotonic() - since:.1f} s: still red: {', '.join(last)}")
            assert time.monotonic() - since < bound_seconds, f"still red: {told(red)}"
            pause.wait(PAUSE_SECONDS)
        print(f"green after {time.monotonic() - since:.1f} s")


def told(red: Seen) -> dict[str, str]:
    """What is red, and the first line of why."""
    return {key: str(seen.description).partition("\n")[0] for key, seen in red.items()}


def blamed_first(red: Seen) -> str:
    """The cause that stands first in flow order among those that say where something is wrong."""
    grave = [
        str(seen.description)
        for seen in red.values()
        if seen.severity is dg.AssetCheckSeverity.ERROR
        and seen.check_name not in SAYS_THAT_NOT_WHERE
    ]
    return grave[0] if grave else ""


@pytest.fixture(scope="module")
def watch(alone: Settings, tmp_path_factory: pytest.TempPathFactory, tick: Tick) -> Iterator[Watch]:
    """A sensor that has seen everything green."""
    folder: Path = tmp_path_factory.mktemp("dagster")
    with dg.DagsterInstance.local_temp(str(folder)) as instance:
        watch = Watch(alone, instance, tick)
        watch.until_green()
        yield watch


FROZEN: list[tuple[str, list[tuple[str, str, float]]]] = [
    (
        "core-postgres",
        [
            (CANARY, "the core database does not answer", CANARY_BOUND_SECONDS),
            (f"{MERCHANTS}:replica_identity_is_full", "does not answer", RED_BOUND_SECONDS),
        ],
    ),
    (
        "connect",
        [
            (CANARY, "core → Connect", CANARY_BOUND_SECONDS),
            (f"{CONNECTOR}:connector_runs", "Kafka Connect does not answer", RED_BOUND_SECONDS),
            (f"{CONNECTOR}:connector_moves_the_canary", "is .* s old", RED_BOUND_SECONDS),
        ],
    ),
    (
        "kafka",
        [
            (CANARY, "Kafka does not answer", CANARY_BOUND_SECONDS),
            (f"{MERCHANTS_TOPIC}:topics_are_as_declared", "Kafka", RED_BOUND_SECONDS),
        ],
    ),
    (
        "flink-taskmanager",
        [
            (CANARY, "Kafka → Flink → V2", CANARY_BOUND_SECONDS),
            (f"{CUBE}:a_taskmanager_has_registered", "no TaskManager", RED_BOUND_SECONDS),
        ],
    ),
    (
        "flink-jobmanager",
        [(f"{CUBE}:realtime_aggregates_runs_once", "Flink does not answer", CANARY_BOUND_SECONDS)],
    ),
    ("v2-postgres", [(CANARY, "V2 does not answer", CANARY_BOUND_SECONDS)]),
    (
        "zookeeper",
        [(f"{CUBE}:zookeeper_answers", "ZooKeeper does not answer", CANARY_BOUND_SECONDS)],
    ),
    (
        "flink-sql-gateway",
        [(f"{CUBE}:sql_gateway_answers", "SQL gateway does not answer", CANARY_BOUND_SECONDS)],
    ),
]


@pytest.mark.parametrize(("name", "expected"), FROZEN, ids=[name for name, _ in FROZEN])
def test_a_part_that_is_frozen_is_named(
    stack_settings: Settings, watch: Watch, name: str, expected: list[tuple[str, str, float]]
) -> None:
    with frozen(stack_settings, name):
        since = time.monotonic()
        for key, cause, bound_seconds in expected:
            watch.until_red(key, cause, since, bound_seconds)
        first, causes = blamed_first(watch.look()), [cause for _, cause, _ in expected]
        assert not first or any(re.search(cause, first) for cause in causes), first
    watch.until_green()


@pytest.mark.parametrize(
    ("name", "key", "cause"),
    [
        ("connect", f"{CONNECTOR}:connector_runs", "Kafka Connect does not answer"),
        ("kafka", f"{MERCHANTS_TOPIC}:topics_are_as_declared", "Kafka"),
        ("flink-taskmanager", f"{CUBE}:a_taskmanager_has_registered", "no TaskManager"),
    ],
)
def test_a_part_that_is_gone_is_named_and_comes_back(
    stack_settings: Settings, watch: Watch, name: str, key: str, cause: str
) -> None:
    # One that is only killed is back before every look has asked it.
    supervisor = Supervisor(stack_settings)
    supervisor.stop_program(name)
    with misconfigured(lambda: supervisor.start_program(name)) as since:
        watch.until_red(key, cause, since, RED_BOUND_SECONDS)
    watch.until_green()


Undo = Callable[[], object]


@contextmanager
def misconfigured(undo: Undo) -> Iterator[float]:
    """What was changed, until the block ends. Gives the time at which it began to be so."""
    try:
        yield time.monotonic()
    finally:
        undo()


def test_a_connector_that_is_paused_is_named(stack_settings: Settings, watch: Watch) -> None:
    url = f"{stack_settings.connect}/connectors/{CORE_CONNECTOR}"
    httpx.put(f"{url}/pause", timeout=10).raise_for_status()
    with misconfigured(lambda: httpx.put(f"{url}/resume", timeout=10).raise_for_status()) as since:
        watch.until_red(f"{CONNECTOR}:connector_runs", "PAUSED", since, RED_BOUND_SECONDS)
        watch.until_red(CANARY, "PAUSED", since, CANARY_BOUND_SECONDS)
    watch.until_green()


def test_a_job_that_is_cancelled_is_named(stack_settings: Settings, watch: Watch) -> None:
    with FlinkClient(stack_settings.flink) as flink:
        [job] = flink.alive("realtime_aggregates")
        flink.cancel(job.job_id)
    v2 = engine(stack_settings.v2_owner_dsn)
    spec = job_specs()["realtime_aggregates"]
    with misconfigured(lambda: converge_job(local_cluster(stack_settings), v2, spec)) as since:
        key = f"{CUBE}:realtime_aggregates_runs_once"
        watch.until_red(key, "the job is (CANCELED|MISSING)", since, RED_BOUND_SECONDS)
    v2.dispose()
    watch.until_green()


def test_a_job_that_says_running_and_moves_nothing_is_named(
    stack_settings: Settings, watch: Watch, pay: Callable[..., None]
) -> None:
    with (
        psycopg.connect(stack_settings.v2_owner_dsn) as v2,
        psycopg.connect(stack_settings.core_dsn, autocommit=True) as core,
    ):
        v2.execute("LOCK TABLE sp_v2_realtime_aggregates IN EXCLUSIVE MODE")
        with misconfigured(v2.rollback) as since:
            pay(core, "STANDS-1", "SUCCESS")
            key = f"{CUBE}:realtime_aggregates_completes_checkpoints"
            watch.until_red(key, "no checkpoint in", since, RED_BOUND_SECONDS)
            key = f"{CUBE}:realtime_aggregates_keeps_up"
            watch.until_red(key, "s behind", since, RED_BOUND_SECONDS)
    watch.until_green()


def test_a_topic_that_would_forget_is_named(stack_settings: Settings, watch: Watch) -> None:
    topic = captured_topic(TransactionToSettle)
    resource = ConfigResource(ResourceType.TOPIC, topic)
    resource.add_incremental_config(
        ConfigEntry("retention.ms", "86400000", incremental_operation=AlterConfigOpType.SET)
    )
    with Questions(stack_settings.kafka) as kafka:
        [altered] = kafka.asked(kafka.client.incremental_alter_configs([resource]).values())
        altered.result(10)
    with misconfigured(lambda: converge_topics(stack_settings.kafka, topic_specs())) as since:
        key = f"topic/{topic}:topics_are_as_declared"
        watch.until_red(key, "retention.ms=86400000, not -1", since, RED_BOUND_SECONDS)
    watch.until_green()


@pytest.mark.parametrize(
    ("done", "undone", "table", "truth", "cause"),
    [
        (
            "ALTER TABLE payment_gateway_response REPLICA IDENTITY DEFAULT",
            "ALTER TABLE payment_gateway_response REPLICA IDENTITY FULL",
            "core/payment_gateway_response",
            "replica_identity_is_full",
            "without their old row: payment_gateway_response",
        ),
        (
            f"ALTER PUBLICATION {PUBLICATION} DROP TABLE payment_gateway_response",
            f"ALTER PUBLICATION {PUBLICATION} ADD TABLE payment_gateway_response",
            CONNECTOR,
            "publication_has_the_captured_tables",
            "does not have payment_gateway_response",
        ),
        (
            "ALTER TABLE merchant_data ADD COLUMN tier text",
            "ALTER TABLE merchant_data DROP COLUMN tier",
            MERCHANTS,
            "core_has_no_new_columns",
            r"merchant_data.tier \(text\)",
        ),
        (
            "ALTER TABLE merchant_data RENAME merchant_name TO trading_name",
            "ALTER TABLE merchant_data RENAME trading_name TO merchant_name",
            MERCHANTS,
            "core_columns_are_the_contract",
            r"merchant_data.merchant_name is missing \(renamed to trading_name\?\)",
        ),
        (
            "ALTER TABLE merchant_data ALTER settlement_cycle TYPE varchar(20)",
            "ALTER TABLE merchant_data ALTER settlement_cycle TYPE text",
            MERCHANTS,
            "core_columns_are_the_contract",
            r"merchant_data.settlement_cycle is character varying\(20\), not text",
        ),
    ],
    ids=["replica identity", "publication", "column added", "column renamed", "column retyped"],
)
def test_a_core_that_changed_is_named(
    stack_settings: Settings,
    watch: Watch,
    done: str,
    undone: str,
    table: str,
    truth: str,
    cause: str,
) -> None:
    with psycopg.connect(stack_settings.core_admin_dsn, autocommit=True) as core:
        core.execute(done.encode())
        with misconfigured(lambda: core.execute(undone.encode())) as since:
            watch.until_red(f"{table}:{truth}", cause, since, RED_BOUND_SECONDS)
    watch.until_green()


def test_a_table_that_was_truncated_is_named(
    stack_settings: Settings, watch: Watch, wait_for: Callable[..., None]
) -> None:
    with (
        psycopg.connect(stack_settings.core_admin_dsn, autocommit=True) as core,
        psycopg.connect(stack_settings.v2_dsn, autocommit=True) as v2,
    ):
        core.execute(
            "INSERT INTO merchant_data VALUES ('TRUNCATED-1', 'One', 'T+1', 0, clock_timestamp())"
            " ON CONFLICT (merchant_id) DO UPDATE SET updated_at = clock_timestamp()"
        )
        query = "SELECT 1 FROM sp_v2_merchant_master WHERE merchant_id = 'TRUNCATED-1'"
        wait_for(lambda: v2.execute(query).fetchone() is not None, "the merchant is not in V2")
        core.execute("CREATE TABLE kept AS TABLE merchant_data")
        core.execute("TRUNCATE merchant_data")
        restore = "INSERT INTO merchant_data SELECT * FROM kept; DROP TABLE kept"
        with misconfigured(lambda: core.execute(restore)) as since:
            key = f"{MERCHANTS}:core_has_the_rows_of_v2"
            watch.until_red(key, "it was truncated", since, RED_BOUND_SECONDS)
    watch.until_green()


def test_a_record_that_cannot_be_applied_is_named(stack_settings: Settings, watch: Watch) -> None:
    producer = Producer({"bootstrap.servers": stack_settings.kafka})
    since = time.monotonic()
    producer.produce(captured_topic(MerchantData), b"not a change")
    assert producer.flush(10) == 0
    key = "v2/sp_v2_dead_letters:no_dead_letter_is_open"
    with psycopg.connect(stack_settings.v2_owner_dsn, autocommit=True) as v2:
        dismiss = "UPDATE sp_v2_dead_letters SET state = 'dismissed' WHERE state = 'open'"
        with misconfigured(lambda: v2.execute(dismiss)):
            watch.until_red(key, "1 records could not be applied", since, RED_BOUND_SECONDS)
    watch.until_green()


def test_a_transaction_that_hangs_is_named_and_what_was_aborted_is_no_lag(
    stack_settings: Settings, watch: Watch
) -> None:
    topic = captured_topic(MerchantData)
    producer = Producer(
        {
            "bootstrap.servers": stack_settings.kafka,
            "transactional.id": "hanging",
            "transaction.timeout.ms": 600_000,
        }
    )
    supervisor = Supervisor(stack_settings)
    producer.init_transactions(10)
    supervisor.stop_program("keeper")
    with misconfigured(lambda: supervisor.start_program("keeper")):
        producer.begin_transaction()
        producer.produce(topic, b"never committed")
        producer.flush(10)
        with misconfigured(lambda: producer.abort_transaction(10)) as since:
            key = f"{MERCHANTS_TOPIC}:no_transaction_hangs"
            watch.until_red(key, f"open transaction in {topic}-0", since, RED_BOUND_SECONDS)
    watch.until_green()
