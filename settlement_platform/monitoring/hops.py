"""The canary hop by hop: how long each took, and which one nothing passes."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import Any

import psycopg

from settlement_platform.capture.connectors import HEARTBEAT_MS
from settlement_platform.config import Settings
from settlement_platform.monitoring.bounded import Reading, Unread
from settlement_platform.monitoring.capture import connector_state
from settlement_platform.monitoring.checks import Check, fails, holds
from settlement_platform.monitoring.clocks import CLOCK_SECONDS
from settlement_platform.monitoring.database import look, sql
from settlement_platform.monitoring.offsets_reading import read_canary_at
from settlement_platform.monitoring.streaming import JobStatus, read_job_statuses

FRESH_SECONDS = 10.0
CANARY_SECONDS = 5.0
"""How long ago the newest canary in V2 may have left the core: one leaves each second."""
LATE = dt.timedelta(seconds=CANARY_SECONDS)
DOUBTFUL = dt.timedelta(seconds=2.5)
"""From here on a look waits until the canary moves or is late, rather than for the next look."""
PAUSE_SECONDS = 0.25
NEXT = dt.timedelta(milliseconds=HEARTBEAT_MS / 2)
"""A canary follows the last by more; the marker of the last one's transaction does not."""
NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)
HOP_SECONDS = 5.0
"""What one hop may take; all of them together take a tenth of a second."""
HOPS_SECONDS = 5.0


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
    loaded_at: dt.datetime | None = None

    @property
    def is_late(self) -> bool:
        """No canary came, or the newest left the core longer ago than it may."""
        return self.core_at is None or self.core_at < self.now - LATE

    @property
    def is_doubtful(self) -> bool:
        """The newest canary is older than it usually grows, and not late yet."""
        return not self.is_late and self.core_at is not None and self.core_at < self.now - DOUBTFUL

    def hop_seconds(self) -> dict[str, float]:
        """What each hop of the newest canary took, in seconds, in flow order."""
        names = ("core → Connect", "Connect → Kafka", "Kafka → Flink", "Flink → V2")
        at = (self.core_at, self.connect_at, self.kafka_at, self.flink_at, self.loaded_at)
        return {
            name: (end - begin).total_seconds()
            for name, begin, end in zip(names, at, at[1:], strict=False)
            if begin is not None and end is not None
        }

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
    """Where the canary is known at every hop."""

    core_beat_at: dt.datetime | Unread | None
    connector: str | Unread
    topic_at: dt.datetime | Unread | None
    jobs: list[JobStatus] | Unread
    arrival: Arrival | Unread


def standstill(
    hops: Hops, began_at: dt.datetime, on_topic_began_at: dt.datetime | None = None
) -> tuple[str, str]:
    """The first hop that canaries do not pass, as a cause and a remedy. Pure.

    A canary is new that left the core after `began_at`; on the topic, one that Kafka has from after
    `on_topic_began_at`, or `began_at` where nothing better is known.
    """
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
    found = _before_kafka(hops, began_at, on_topic_began_at or began_at)
    found = found or _before_v2(hops, began_at)
    if found is not None:
        return found
    as_of = hops.arrival.as_of
    said = "was never published" if as_of is None else f"stands at {time_of(as_of)} UTC"
    return (
        f"canaries arrive, but as_of {said}: {_job_states(hops)}",
        "read 'settlement logs keeper'; a job without a fresh checkpoint holds as_of back",
    )


def _before_kafka(
    hops: Hops, began_at: dt.datetime, on_topic_began_at: dt.datetime
) -> tuple[str, str] | None:
    remedy = "read 'settlement logs connect'; 'settlement doctor' looks at the slot"
    if hops.connector == "PAUSED":
        remedy = "somebody paused the connector: resume it by Kafka Connect's REST interface"
    if isinstance(hops.topic_at, Unread):
        cause = f"Connect → Kafka: Kafka does not answer: {hops.topic_at.cause}"
        return cause, "read 'settlement logs kafka'"
    beat_at = hops.core_beat_at
    assert not isinstance(beat_at, Unread)
    beats = beat_at is not None and beat_at > began_at
    arrives = hops.topic_at is not None and hops.topic_at > on_topic_began_at
    if isinstance(hops.connector, Unread) and not (beats and arrives):
        return f"core → Connect: Kafka Connect does not answer: {hops.connector.cause}", remedy
    if not beats:
        last = "never" if beat_at is None else f"last at {time_of(beat_at)} UTC"
        cause = f"the connector does not beat the canary ({last}); its state is {hops.connector}"
        return f"core → Connect: {cause}", remedy
    if not arrives:
        last = "there is none" if hops.topic_at is None else f"of {time_of(hops.topic_at)} UTC"
        cause = (
            f"canaries beat in the core and none is new on the topic (the newest: {last}); "
            f"the connector's state is {hops.connector}"
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


def hop_check(arrival: Arrival, hops: Hops) -> Check:
    """The newest canary passed every hop in time; a late one has the hop at which it stands.

    That is the first hop where nothing newer is known than what V2 has.
    """
    name, hop_seconds = "canary_passes_every_hop", arrival.hop_seconds()
    measured = {
        f"{hop.lower().replace(' → ', '_to_')}_seconds": seconds
        for hop, seconds in hop_seconds.items()
    }
    if arrival.is_late:
        on_topic_at = arrival.kafka_at + NEXT if arrival.kafka_at else None
        cause, remedy = standstill(hops, arrival.core_at or NEVER, on_topic_at)
        return fails(name, cause, remedy, **measured)
    told = ", ".join(f"{hop} {seconds:.3f} s" for hop, seconds in hop_seconds.items())
    if any(seconds < -CLOCK_SECONDS for seconds in hop_seconds.values()):
        remedy = "set the clocks of the machines: as_of is an instant of the core's clock"
        return fails(name, f"the clocks disagree: {told}", remedy, "warning", **measured)
    slow = [hop for hop, seconds in hop_seconds.items() if seconds > HOP_SECONDS]
    if slow:
        cause = f"{', '.join(slow)} took more than {HOP_SECONDS:.0f} s: {told}"
        remedy = "the chain is behind: see what takes the processor, and the jobs' backpressure"
        return fails(name, cause, remedy, "warning", **measured)
    return holds(name, told, **measured)


def arrival_in(v2: psycopg.Connection[tuple[Any, ...]]) -> Arrival:
    """The newest canary in V2. Raises psycopg.Error."""
    row = v2.execute(sql("v2_arrival")).fetchone()
    assert row is not None
    return Arrival(*row)


def await_arrival(v2: psycopg.Connection[tuple[Any, ...]]) -> Arrival:
    """The newest canary in V2, one that is doubtful waited for. Raises psycopg.Error."""
    while (arrival := arrival_in(v2)).is_doubtful:
        time.sleep(PAUSE_SECONDS)
    return arrival


def read_arrival(settings: Settings) -> Arrival:
    """The newest canary in V2. Raises psycopg.Error."""
    with look(settings.v2_dsn) as v2:
        return arrival_in(v2)


def read_core_beat(settings: Settings) -> dt.datetime | None:
    """The newest canary in the core. Raises psycopg.Error."""
    with look(settings.core_dsn) as connection:
        row = connection.execute(sql("core_beat")).fetchone()
        assert row is not None
        beat_at: dt.datetime | None = row[1]
        return beat_at


def read_hops(settings: Settings) -> Hops:
    """Every hop at once, each within its bound."""
    deadline = time.monotonic() + HOPS_SECONDS
    beat = Reading(lambda: read_core_beat(settings))
    connector = Reading(lambda: connector_state(settings))
    topic = Reading(lambda: read_canary_at(settings))
    jobs = Reading(lambda: read_job_statuses(settings))
    arrival = Reading(lambda: read_arrival(settings))
    return Hops(
        beat.by(deadline),
        connector.by(deadline),
        topic.by(deadline),
        jobs.by(deadline),
        arrival.by(deadline),
    )
