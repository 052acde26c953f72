"""CHECKS: each truth of the flow on the asset that it is about, named as the doctor names it.

The truths are judged in `monitoring`; here they meet their assets. A stage's checks can be run by
hand, and the sensor of reporting.py looks at all of them all the time.
"""

# No `from __future__ import annotations` here: Dagster reads the annotation of a context as a type.
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import dagster as dg

from settlement_platform.capture.connectors import CORE_CONNECTOR, OUTBOX_CONNECTOR, V2_CONNECTOR
from settlement_platform.config import settings
from settlement_platform.contracts.core import CAPTURED_TABLES
from settlement_platform.contracts.scalars import Base
from settlement_platform.contracts.topics import CORE_CONSUMER, TopicSpec, topic_specs
from settlement_platform.contracts.v2 import (
    AsOf,
    Canary,
    DeadLetter,
    RealtimeAggregate,
    Transaction,
    TransactionHistory,
)
from settlement_platform.defs.naming import (
    CAPTURE,
    CORE,
    STREAMING,
    V2,
    connector_key,
    core_key,
    job_key,
    topic_key,
    v2_key,
)
from settlement_platform.defs.resources import Flow
from settlement_platform.defs.tables import table_of
from settlement_platform.monitoring.capture import (
    connector_checks,
    outbox_connector_checks,
    topic_checks,
    v2_connector_checks,
)
from settlement_platform.monitoring.checks import Check, Severity, complete, fails, holds
from settlement_platform.monitoring.cluster import (
    gateway_check,
    taskmanager_check,
    zookeeper_check,
)
from settlement_platform.monitoring.core import capture_checks, table_checks
from settlement_platform.monitoring.flow import FlowReading, clocks
from settlement_platform.monitoring.numbers import number_checks
from settlement_platform.monitoring.offsets import (
    consumer_checks,
    hanging_check,
    moves_check,
    offset_truths,
    position_checks,
)
from settlement_platform.monitoring.presence import presence_check, sampled_tables
from settlement_platform.monitoring.streaming import job_checks, job_truths
from settlement_platform.monitoring.v2 import v2_checks
from settlement_platform.streaming.jobs import job_specs

CAPTURE_SYSTEMS = ("core", "connector", "v2_connector", "outbox_connector", "topics", "offsets")
Look = Callable[[FlowReading], list[Check]]
WHAT_TO_DO = "\n\nWhat to do: "
"""Between a cause and its remedy, in the description of a truth that does not hold."""


@dataclass(frozen=True)
class Watched:
    """Truths (name -> what is so while it holds) of one asset, judged from one system's reading."""

    asset: dg.AssetKey
    truths: dict[str, str]
    look: Look


@dataclass(frozen=True)
class Stage:
    """The truths of one stage, and the systems that they are read from."""

    name: str
    systems: tuple[str, ...]
    watched: tuple[Watched, ...]


@dataclass(frozen=True)
class Verdict:
    """A check, and the asset that it is about."""

    asset: dg.AssetKey
    check: Check

    @property
    def key(self) -> dg.AssetCheckKey:
        """What Dagster knows it by."""
        return dg.AssetCheckKey(self.asset, self.check.name)

    @property
    def description(self) -> str:
        """What was seen; of a truth that does not hold, its cause and its remedy."""
        if self.check.ok:
            return self.check.detail
        return f"{self.check.cause}{WHAT_TO_DO}{self.check.remedy}"

    @property
    def severity(self) -> dg.AssetCheckSeverity:
        """By what it costs the user."""
        is_grave = self.check.severity == "error"
        return dg.AssetCheckSeverity.ERROR if is_grave else dg.AssetCheckSeverity.WARN

    @property
    def said(self) -> dict[str, Any]:
        """The same fields for a run's result and for an event that belongs to no run."""
        return {
            "asset_key": self.asset,
            "check_name": self.check.name,
            "passed": self.check.ok,
            "metadata": self.check.measured,
            "severity": self.severity,
            "description": self.description,
        }


def verdict_of(evaluation: dg.AssetCheckEvaluation) -> Verdict:
    """The verdict that was reported so. Pure."""
    said, name = str(evaluation.description), evaluation.check_name
    if evaluation.passed:
        return Verdict(evaluation.asset_key, holds(name, said))
    cause, _, remedy = said.partition(WHAT_TO_DO)
    severity: Severity = (
        "error" if evaluation.severity is dg.AssetCheckSeverity.ERROR else "warning"
    )
    return Verdict(evaluation.asset_key, fails(name, cause, remedy, severity))


NUMBERS = "v2_numbers"
"""The one stage that costs V2 something to look at: sums over whole days."""

TABLE_TRUTHS = {
    "core_columns_are_the_contract": "The core has every column that is relied on, in its type.",
    "core_has_no_new_columns": "The core has no column that nobody reads.",
    "replica_identity_is_full": "Updates and deletes of the core's table carry the whole old row.",
}
ROW_TRUTHS = {
    "core_has_the_rows_of_v2": "Rows that V2 has as not deleted are in the core: a sample of them.",
}
CONNECTOR_TRUTHS = {
    "connector_runs": "Connector and task are in the state RUNNING.",
}
V2_CONNECTOR_TRUTHS = {
    "v2_connector_runs": "Connector and task are in the state RUNNING.",
}
OUTBOX_CONNECTOR_TRUTHS = {
    "outbox_connector_runs": "Connector and task are in the state RUNNING.",
}
CONSUMER_TRUTHS = {
    offset_truths(CORE_CONSUMER)[1]: "The core has read the events of a moment ago.",
}
MOVING_TRUTHS = {
    "connector_moves_the_canary": "The connector writes a canary each second, whatever it says.",
}
HANGING_TRUTHS = {
    "no_transaction_hangs": "Nothing that was written waits behind a transaction left open.",
}
SLOT_TRUTHS = {
    "publication_has_the_captured_tables": "The core publishes every captured table.",
    "slot_is_active": "The connector reads its replication slot.",
    "slot_holds_little_log_back": "The slot is far from the limit at which the core drops it.",
}
TOPIC_TRUTHS = {
    "topics_are_as_declared": "The topic has the partitions and the retention of its contract.",
}
ZOOKEEPER_TRUTHS = {
    "zookeeper_answers": "ZooKeeper answers: the JobManager leads by it, and resumes from it.",
}
TASKMANAGER_TRUTHS = {
    "a_taskmanager_has_registered": "There is a TaskManager for the job to run on.",
}
GATEWAY_TRUTHS = {
    "sql_gateway_answers": "The SQL gateway answers: a changed or lost job can be deployed.",
}
JOB_MEANINGS = (
    "The job runs, and once.",
    "The job is not restarted again and again.",
    "The job's newest checkpoint is young, and checkpoints do not fail in a row.",
    "The job's checkpoints are neither slow nor large.",
)
OFFSET_MEANINGS = (
    "What the job has not read yet is still on its topics.",
    "The job has read what was written a moment ago, on every topic.",
)
CLOCK_TRUTHS = {
    "clocks_agree": "The clocks of the core, of V2 and of this machine are a second apart at most.",
}
V2_TRUTHS: dict[type[Base], dict[str, str]] = {
    Transaction: {"v2_schema_is_at_head": "V2 has had every migration that the code brings."},
    DeadLetter: {"no_dead_letter_is_open": "Every record of the core could be applied."},
    Canary: {
        "canary_is_fresh": "What left the core a moment ago is in V2.",
        "canary_passes_every_hop": "No hop of the flow takes long; one that stands is named.",
    },
    AsOf: {"as_of_is_fresh": "V2 is known to be complete up to a moment ago."},
}
NUMBER_TRUTHS: dict[type[Base], dict[str, str]] = {
    Transaction: {
        "settled_plus_unsettled_is_captured": (
            "Of the last business days, settled and unsettled payments make all that was captured."
        ),
        "every_transaction_has_its_terms": (
            "Of the last business days, each captured payment stands by the terms of its capture."
        ),
    },
    TransactionHistory: {
        "no_version_went_back": "No row of V2 stands below a version of itself that was replaced.",
    },
    RealtimeAggregate: {
        "cube_equals_its_transactions": (
            "Of the last business days, each bucket of the cube counts what V2's transactions add "
            "up to: attempted, captured, settled and failed, in payments and in paise."
        ),
    },
}


def _table(name: str) -> tuple[Watched, ...]:
    key = core_key(name)
    columns = Watched(key, TABLE_TRUTHS, lambda flow: table_checks(flow.core, name))
    if name not in sampled_tables():
        return (columns,)
    return columns, Watched(key, ROW_TRUTHS, lambda flow: presence_check(flow.presence, name))


def _connector(name: str) -> tuple[Watched, ...]:
    key = connector_key(name)
    moves: Look = lambda flow: moves_check(flow.offsets, flow.connector)  # noqa: E731
    return (
        Watched(key, CONNECTOR_TRUTHS, lambda flow: connector_checks(flow.connector)),
        Watched(key, MOVING_TRUTHS, moves),
        Watched(key, SLOT_TRUTHS, lambda flow: capture_checks(flow.core)),
        Watched(key, HANGING_TRUTHS, lambda flow: hanging_check(flow.offsets, None)),
    )


def _topic(spec: TopicSpec) -> tuple[Watched, ...]:
    key, name = topic_key(spec.name), spec.name
    return (
        Watched(key, TOPIC_TRUTHS, lambda flow: topic_checks(flow.topics, (spec,))),
        Watched(key, HANGING_TRUTHS, lambda flow: hanging_check(flow.offsets, name)),
    )


def _job(name: str) -> tuple[Watched, ...]:
    key = job_key(name)
    runs = dict(zip(job_truths(name), JOB_MEANINGS, strict=True))
    reads = dict(zip(offset_truths(name), OFFSET_MEANINGS, strict=True))
    return (
        Watched(key, ZOOKEEPER_TRUTHS, lambda flow: zookeeper_check(flow.zookeeper)),
        Watched(key, TASKMANAGER_TRUTHS, lambda flow: taskmanager_check(flow.taskmanagers)),
        Watched(key, runs, lambda flow: job_checks([name], flow.jobs)),
        Watched(key, reads, lambda flow: position_checks(flow.offsets, name)),
        Watched(key, GATEWAY_TRUTHS, lambda flow: gateway_check(flow.gateway)),
    )


def _of_v2(truths: dict[type[Base], dict[str, str]], look: Look) -> tuple[Watched, ...]:
    return tuple(
        Watched(v2_key(table_of(model).name), said, look) for model, said in truths.items()
    )


def stages() -> tuple[Stage, ...]:
    """Every truth in flow order."""
    tables = [one for model in CAPTURED_TABLES for one in _table(table_of(model).name)]
    of_v2: Look = lambda flow: v2_connector_checks(flow.v2_connector)  # noqa: E731
    of_outbox: Look = lambda flow: outbox_connector_checks(flow.outbox_connector)  # noqa: E731
    consumed: Look = lambda flow: consumer_checks(flow.offsets)  # noqa: E731
    capture = [
        *_connector(CORE_CONNECTOR),
        Watched(connector_key(V2_CONNECTOR), V2_CONNECTOR_TRUTHS, of_v2),
        Watched(connector_key(OUTBOX_CONNECTOR), OUTBOX_CONNECTOR_TRUTHS, of_outbox),
        *(one for s in topic_specs() for one in _topic(s)),
        Watched(core_key(CORE_CONSUMER), CONSUMER_TRUTHS, consumed),
    ]
    jobs = [one for name in job_specs() for one in _job(name)]
    canary = v2_key(table_of(Canary).name)
    v2 = [
        *_of_v2(V2_TRUTHS, lambda flow: v2_checks(flow.v2, flow.hops())),
        Watched(canary, CLOCK_TRUTHS, clocks),
    ]
    return (
        Stage(CORE, ("core", "presence"), tuple(tables)),
        Stage(CAPTURE, CAPTURE_SYSTEMS, tuple(capture)),
        Stage(STREAMING, ("zookeeper", "taskmanagers", "jobs", "offsets", "gateway"), tuple(jobs)),
        # A canary that is late in V2 stands at a hop before it.
        Stage(V2, ("core", "connector", "offsets", "jobs", "v2"), tuple(v2)),
        Stage(
            NUMBERS, ("numbers",), _of_v2(NUMBER_TRUTHS, lambda flow: number_checks(flow.numbers))
        ),
    )


def verdicts(stage: Stage, flow: FlowReading) -> list[Verdict]:
    """One verdict for each truth of a stage, whatever of the flow could be read."""
    return [
        Verdict(watched.asset, check)
        for watched in stage.watched
        for check in complete(list(watched.truths), watched.look(flow))
    ]


def _checks_of(stage: Stage) -> dg.AssetChecksDefinition:
    specs = [
        dg.AssetCheckSpec(name, asset=watched.asset, description=meaning)
        for watched in stage.watched
        for name, meaning in watched.truths.items()
    ]

    @dg.multi_asset_check(name=f"{stage.name}_truths", specs=specs, can_subset=True)
    def look(context: dg.AssetCheckExecutionContext, flow: Flow) -> Iterator[dg.AssetCheckResult]:
        for verdict in verdicts(stage, flow.read(stage.systems)):
            if verdict.key in context.selected_asset_check_keys:
                yield dg.AssetCheckResult(**verdict.said)

    return look


defs = dg.Definitions(
    asset_checks=[_checks_of(stage) for stage in stages()],
    resources={"flow": Flow(settings=settings)},
)
