"""The doctor on Kafka, Flink and V2: whether what crosses them is whole and fresh."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import psycopg
from alembic.script import ScriptDirectory
from confluent_kafka.admin import ConfigResource, ResourceType

from settlement_platform.capture.topics import admin
from settlement_platform.config import Settings
from settlement_platform.contracts.topics import TopicSpec, topic_specs
from settlement_platform.stack.bounded import Unread
from settlement_platform.stack.checks import Check, fails, holds, read_logs_of
from settlement_platform.stack.status_parts import JobStatus
from settlement_platform.stack.waiting import Arrival, read_arrival
from settlement_platform.storage.migrate import alembic_config

CANARY_SECONDS = 10.0
AS_OF_SECONDS = 30.0
CHECKPOINT_SECONDS = 30.0
ANSWER_SECONDS = 5.0
CONNECT_TIMEOUT_SECONDS = 3
V2_STATE = (
    "SELECT (SELECT array_agg(version_num) FROM alembic_version), "
    "(SELECT count(*) FROM sp_v2_dead_letters WHERE state = 'open')"
)


@dataclass(frozen=True)
class TopicReading:
    """A topic as Kafka has it."""

    partitions: int
    config: dict[str, str]


@dataclass(frozen=True)
class V2Reading:
    """V2: its migrations, what arrived last, and the records that wait for somebody."""

    revisions: list[str]
    wanted_revisions: list[str]
    arrival: Arrival
    open_dead_letters: int


def connector_checks(state: str | Unread) -> list[Check]:
    """The connector on the core and its task."""
    name = "connector_runs"
    if isinstance(state, Unread):
        return [
            fails(name, f"Kafka Connect does not answer: {state.cause}", read_logs_of("connect"))
        ]
    if state != "RUNNING":
        remedy = "run 'settlement up', then 'settlement logs connect'"
        return [fails(name, f"the connector's state is {state}", remedy)]
    return [holds(name, "connector and task")]


def topic_differences(wanted: tuple[TopicSpec, ...], found: dict[str, TopicReading]) -> list[str]:
    """What Kafka has otherwise than the contracts."""
    different = []
    for spec in wanted:
        there = found.get(spec.name)
        if there is None:
            different.append(f"{spec.name} is missing")
            continue
        if there.partitions != spec.partitions:
            different.append(
                f"{spec.name} has {there.partitions} partitions, not {spec.partitions}"
            )
        different += [
            f"{spec.name} has {key}={there.config.get(key)}, not {value}"
            for key, value in spec.config.items()
            if there.config.get(key) != value
        ]
    return different


def topic_checks(found: dict[str, TopicReading] | Unread) -> list[Check]:
    """Kafka's topics."""
    if isinstance(found, Unread):
        cause = f"Kafka does not answer: {found.cause}"
        return [fails("kafka_answers", cause, read_logs_of("kafka"))]
    name, wanted = "topics_are_as_declared", topic_specs()
    different = topic_differences(wanted, found)
    if different:
        remedy = "run 'settlement up': it sets what may be changed, and says what may not"
        return [fails(name, "; ".join(different), remedy)]
    return [holds(name, f"{len(wanted)} topics with their partitions and retention")]


def job_checks(wanted: list[str], found: list[JobStatus] | Unread) -> list[Check]:
    """Each job runs exactly once, and completes checkpoints."""
    if isinstance(found, Unread):
        cause = f"Flink does not answer: {found.cause}"
        return [fails("flink_answers", cause, read_logs_of("flink-jobmanager"))]
    return [
        check
        for name in wanted
        for check in _job(name, [status for status in found if status.name == name])
    ]


def _job(name: str, copies: list[JobStatus]) -> list[Check]:
    runs, checkpoints = f"{name}_runs_once", f"{name}_completes_checkpoints"
    if len(copies) > 1:
        cause = f"{len(copies)} copies run at once, and both write"
        return [fails(runs, cause, "cancel all but the newest in the Flink UI")]
    if not copies or copies[0].state != "RUNNING":
        state = copies[0].state if copies else "MISSING"
        remedy = "run 'settlement up'; its exceptions are in the Flink UI"
        return [fails(runs, f"the job is {state}", remedy)]
    age_seconds = copies[0].checkpoint_age_seconds
    if age_seconds is None or age_seconds > CHECKPOINT_SECONDS:
        seen = "there is none" if age_seconds is None else f"the newest is {age_seconds:.0f} s old"
        remedy = "see the job's checkpoints in the Flink UI, and 'settlement logs flink-jobmanager'"
        done = fails(checkpoints, f"no checkpoint in {CHECKPOINT_SECONDS:.0f} s: {seen}", remedy)
    else:
        done = holds(checkpoints, f"the newest is {age_seconds:.1f} s old")
    return [holds(runs, "RUNNING"), done]


def v2_checks(v2: V2Reading | Unread) -> list[Check]:
    """V2's schema, freshness and dead letters."""
    if isinstance(v2, Unread):
        return [fails("v2_answers", v2.cause, read_logs_of("v2-postgres"))]
    return [
        _schema(v2),
        _fresh("canary_is_fresh", v2.arrival.core_at, v2.arrival.now, CANARY_SECONDS),
        _fresh("as_of_is_fresh", v2.arrival.as_of, v2.arrival.now, AS_OF_SECONDS),
        _dead_letters(v2.open_dead_letters),
    ]


def _schema(v2: V2Reading) -> Check:
    name, wanted = "v2_schema_is_at_head", ", ".join(sorted(v2.wanted_revisions))
    found = ", ".join(sorted(v2.revisions)) or "no migration"
    if found != wanted:
        return fails(name, f"V2 is at {found}, the code at {wanted}", "run 'settlement up'")
    return holds(name, f"migration {found}")


def _fresh(name: str, at: dt.datetime | None, now: dt.datetime, bound_seconds: float) -> Check:
    remedy = "run 'settlement up --wait': it names the hop that nothing passes"
    if at is None:
        return fails(name, "none ever came to V2", remedy)
    age_seconds = (now - at).total_seconds()
    if age_seconds < -bound_seconds:
        cause = f"it is {-age_seconds:.0f} s ahead of V2's clock"
        return fails(name, cause, "set the clocks of the core's and V2's machines")
    if age_seconds > bound_seconds:
        cause = f"it is {age_seconds:.0f} s old; {bound_seconds:.0f} s are allowed"
        return fails(name, cause, remedy)
    return holds(name, f"{max(age_seconds, 0):.1f} s old")


def _dead_letters(count: int) -> Check:
    name = "no_dead_letter_is_open"
    if count:
        return fails(
            name,
            f"{count:,} records could not be applied, and wait",
            "SELECT reason, count(*) FROM sp_v2_dead_letters WHERE state = 'open' GROUP BY 1; "
            "correct them in the core, or dismiss them",
        )
    return holds(name, "none")


def read_topics(settings: Settings) -> dict[str, TopicReading]:
    """The declared topics as Kafka has them. Raises KafkaException."""
    client = admin(settings.kafka)
    there = client.list_topics(timeout=ANSWER_SECONDS).topics
    wanted = [spec.name for spec in topic_specs() if spec.name in there]
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in wanted]
    answers = client.describe_configs(resources) if resources else {}
    return {
        resource.name: TopicReading(
            len(there[resource.name].partitions),
            {key: entry.value for key, entry in answer.result(ANSWER_SECONDS).items()},
        )
        for resource, answer in answers.items()
    }


def read_v2(settings: Settings) -> V2Reading:
    """V2 as its reader sees it. Raises psycopg.Error."""
    script = ScriptDirectory.from_config(alembic_config(settings.v2_owner_dsn))
    with psycopg.connect(
        settings.v2_owner_dsn, connect_timeout=CONNECT_TIMEOUT_SECONDS
    ) as connection:
        row = connection.execute(V2_STATE).fetchone()
    assert row is not None
    return V2Reading(list(row[0] or []), script.get_heads(), read_arrival(settings), row[1])
