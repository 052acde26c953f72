"""Whether data flows end to end, and if not, at which hop it stands."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from confluent_kafka import IsolationLevel, TopicPartition
from confluent_kafka.admin import OffsetSpec

from settlement_platform.capture.topics import admin
from settlement_platform.config import Settings
from settlement_platform.contracts.core import SettlementCanary
from settlement_platform.contracts.topics import captured_topic
from settlement_platform.errors import StackError
from settlement_platform.stack.bounded import Reading, Unread
from settlement_platform.stack.status import connector_state, read_jobs
from settlement_platform.stack.status_parts import JobStatus, jobs
from settlement_platform.streaming.jobs import job_specs

FLOW_SECONDS = 120.0
FRESH_SECONDS = 10.0
PAUSE_SECONDS = 0.25
ANSWER_SECONDS = 5.0
CONNECT_TIMEOUT_SECONDS = 3
CORE_BEAT = "SELECT max(beat_at) FROM settlement_canary"
V2_CANARY = (
    "SELECT clock_timestamp(), (SELECT max(as_of) FROM sp_v2_as_of), "
    "max(core_at), max(connect_at), max(kafka_at), max(flink_at) FROM sp_v2_canary"
)


def time_of(at: dt.datetime) -> str:
    """The time of day of an instant, in UTC, to the millisecond."""
    return f"{at.astimezone(dt.UTC):%H:%M:%S.%f}"[:-3]


@dataclass(frozen=True)
class Arrival:
    """What V2 says of the newest canary that arrived, hop by hop, and of as_of; V2's clock."""

    now: dt.datetime
    as_of: dt.datetime | None
    core_at: dt.datetime | None
    connect_at: dt.datetime | None = None
    kafka_at: dt.datetime | None = None
    flink_at: dt.datetime | None = None

    def flows(self, began_at: dt.datetime) -> bool:
        """A canary that left after `began_at` has arrived; as_of passed it too, and is fresh."""
        if self.core_at is None or self.as_of is None:
            return False
        moved = self.core_at > began_at and self.as_of > began_at
        return moved and (self.now - self.as_of).total_seconds() < FRESH_SECONDS

    def __str__(self) -> str:
        if self.core_at is None:
            return "no canary ever reached V2"
        hops = {
            "core": self.core_at,
            "Connect": self.connect_at,
            "Kafka": self.kafka_at,
            "Flink": self.flink_at,
        }
        passed = ", ".join(f"{name} {time_of(at)}" for name, at in hops.items() if at is not None)
        return f"the newest canary in V2 passed {passed} UTC"


@dataclass(frozen=True)
class Hops:
    """Where the canary is known at every hop, read once when it did not arrive."""

    core_beat_at: dt.datetime | Unread | None
    connector: str | Unread
    topic_at: dt.datetime | Unread | None
    jobs: list[JobStatus] | Unread
    arrival: Arrival | Unread


def standstill(hops: Hops, began_at: dt.datetime) -> tuple[str, str]:
    """The first hop that canaries do not pass, as a cause and a remedy. Pure."""
    if isinstance(hops.core_beat_at, Unread):
        return (
            f"the core database does not answer: {hops.core_beat_at.cause}",
            "read 'settlement logs core-postgres'",
        )
    if isinstance(hops.arrival, Unread):
        return (
            f"V2 does not answer: {hops.arrival.cause}",
            "read 'settlement logs v2-postgres'",
        )
    for stands in (_before_kafka, _before_v2):
        found = stands(hops, began_at)
        if found is not None:
            return found
    as_of = hops.arrival.as_of
    said = "was never published" if as_of is None else f"stands at {time_of(as_of)} UTC"
    return (
        f"canaries arrive, but as_of {said}: {_job_states(hops)}",
        "read 'settlement logs keeper'; a job without a fresh checkpoint holds as_of back",
    )


def _before_kafka(hops: Hops, began_at: dt.datetime) -> tuple[str, str] | None:
    connector = f"is {hops.connector}"
    if isinstance(hops.connector, Unread):
        connector = f"is not known ({hops.connector.cause})"
    remedy = "read 'settlement logs connect'; 'settlement doctor' looks at the slot"
    if hops.connector == "PAUSED":
        remedy = "somebody paused the connector: resume it by Kafka Connect's REST interface"
    if isinstance(hops.topic_at, Unread):
        cause = f"Connect → Kafka: Kafka does not answer: {hops.topic_at.cause}"
        return cause, "read 'settlement logs kafka'"
    beat_at = hops.core_beat_at
    assert not isinstance(beat_at, Unread)
    if beat_at is None or beat_at <= began_at:
        last = "never" if beat_at is None else f"last at {time_of(beat_at)} UTC"
        cause = f"the connector does not beat the canary ({last}); its state {connector}"
        return f"core → Connect: {cause}", remedy
    if hops.topic_at is None or hops.topic_at <= began_at:
        last = "there is none" if hops.topic_at is None else f"of {time_of(hops.topic_at)} UTC"
        cause = (
            f"canaries beat in the core and none is new on the topic (the newest: {last}); "
            f"the connector's state {connector}"
        )
        return f"Connect → Kafka: {cause}", remedy
    return None


def _before_v2(hops: Hops, began_at: dt.datetime) -> tuple[str, str] | None:
    assert not isinstance(hops.arrival, Unread)
    if hops.arrival.core_at is not None and hops.arrival.core_at > began_at:
        return None
    return (
        f"Kafka → Flink → V2: canaries reach Kafka and not V2; {hops.arrival}; {_job_states(hops)}",
        "see the jobs' exceptions in the Flink UI, and 'settlement logs flink-taskmanager'",
    )


def _job_states(hops: Hops) -> str:
    if isinstance(hops.jobs, Unread):
        return f"Flink does not answer ({hops.jobs.cause})"
    ages = (
        f"{job.name} is {job.state}"
        + (
            ""
            if job.checkpoint_age_seconds is None
            else f", checkpoint {job.checkpoint_age_seconds:.0f} s old"
        )
        for job in hops.jobs
    )
    return "; ".join(ages)


def read_arrival(settings: Settings) -> Arrival:
    """The newest canary in V2. Raises psycopg.Error."""
    with psycopg.connect(settings.v2_dsn, connect_timeout=CONNECT_TIMEOUT_SECONDS) as connection:
        row = connection.execute(V2_CANARY).fetchone()
        assert row is not None
        return Arrival(*row)


def read_core_beat(settings: Settings) -> dt.datetime | None:
    """The newest canary in the core. Raises psycopg.Error."""
    with psycopg.connect(settings.core_dsn, connect_timeout=CONNECT_TIMEOUT_SECONDS) as connection:
        row = connection.execute(CORE_BEAT).fetchone()
        assert row is not None
        beat_at: dt.datetime | None = row[0]
        return beat_at


def read_topic_time(settings: Settings) -> dt.datetime | None:
    """Kafka's time of the newest canary record. Raises KafkaException."""
    partition = TopicPartition(captured_topic(SettlementCanary), 0)
    client = admin(settings.kafka)  # it must outlive its answer
    newest = OffsetSpec.max_timestamp()  # type: ignore[no-untyped-call]
    asked = client.list_offsets({partition: newest}, isolation_level=IsolationLevel.READ_COMMITTED)
    at_ms = asked[partition].result(ANSWER_SECONDS).timestamp
    return dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC) if at_ms and at_ms > 0 else None


def read_hops(settings: Settings) -> Hops:
    """Every hop at once, each within its bound."""
    deadline = time.monotonic() + ANSWER_SECONDS
    beat = Reading(lambda: read_core_beat(settings))
    connector = Reading(lambda: connector_state(settings))
    topic = Reading(lambda: read_topic_time(settings))
    found_jobs = Reading(lambda: read_jobs(settings))
    arrival = Reading(lambda: read_arrival(settings))
    flink = jobs(list(job_specs()), found_jobs.by(deadline), dt.datetime.now(dt.UTC))
    unread = found_jobs.by(deadline)
    return Hops(
        beat.by(deadline),
        connector.by(deadline),
        topic.by(deadline),
        unread if isinstance(unread, Unread) else flink,
        arrival.by(deadline),
    )


def await_flow(
    settings: Settings, say: Callable[[str], None], seconds: float = FLOW_SECONDS
) -> Arrival:
    """Wait until a canary that leaves the core from now on has arrived, and as_of is fresh.

    Says each second what it saw last. Raises StackError naming the hop that nothing passes.
    """
    began_at, deadline = dt.datetime.now(dt.UTC), time.monotonic() + seconds
    next_word_at = time.monotonic() + 1
    while time.monotonic() < deadline:
        try:
            arrival = read_arrival(settings)
            seen = str(arrival)
            if arrival.flows(began_at):
                return arrival
        except psycopg.Error as error:
            seen = f"V2 does not answer: {' '.join(str(error).split())}"
        if time.monotonic() >= next_word_at:
            next_word_at += 1
            say(seen)
        time.sleep(PAUSE_SECONDS)
    cause, remedy = standstill(read_hops(settings), began_at)
    raise StackError(f"data does not flow end to end after {seconds:.0f} s: {cause}", remedy)
