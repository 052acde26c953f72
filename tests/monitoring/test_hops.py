"""Whether data flows end to end, and at which hop it stands."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest

from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.hops import Arrival, Hops, hop_check, standstill
from settlement_platform.monitoring.streaming import JobStatus

BEGAN = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


def after(seconds: float) -> dt.datetime:
    """An instant, from the moment when the wait began."""
    return BEGAN + dt.timedelta(seconds=seconds)


FLOWING = Arrival(after(4), after(2), after(3), after(3.01), after(3.02), after(3.03))
HOPS = Hops(after(3), "RUNNING", after(3), [JobStatus("cube", "RUNNING", 0.5)], FLOWING)


def test_data_flows_when_a_new_canary_arrived_and_as_of_passed_the_beginning() -> None:
    assert FLOWING.flows(BEGAN)


@pytest.mark.parametrize(
    "arrival",
    [
        replace(FLOWING, core_at=after(-1)),
        replace(FLOWING, core_at=None),
        replace(FLOWING, as_of=after(-1)),
        replace(FLOWING, as_of=None),
        replace(FLOWING, now=after(60)),
    ],
    ids=["old canary", "no canary", "as_of stands", "no as_of", "as_of is old"],
)
def test_data_does_not_flow_while_anything_is_old(arrival: Arrival) -> None:
    assert not arrival.flows(BEGAN)


def test_the_times_of_the_newest_canary_are_told_hop_by_hop() -> None:
    assert str(FLOWING) == (
        "the newest canary in V2 passed core 12:00:03.000, Connect 12:00:03.010, "
        "Kafka 12:00:03.020, Flink 12:00:03.030 UTC"
    )
    assert str(Arrival(BEGAN, None, None)) == "no canary ever reached V2"


OLD_ARRIVAL = replace(FLOWING, core_at=after(-9))


@pytest.mark.parametrize(
    ("hops", "cause", "remedy"),
    [
        (replace(HOPS, core_beat_at=Unread("refused")), "core database does not answer", "core"),
        (replace(HOPS, arrival=Unread("refused")), "V2 does not answer: refused", "v2-postgres"),
        (replace(HOPS, topic_at=Unread("no broker")), "Kafka does not answer", "logs kafka"),
        (replace(HOPS, core_beat_at=after(-9)), r"core → Connect: .*\(last at 11:59:51", "connect"),
        (
            replace(HOPS, core_beat_at=None, connector=Unread("x")),
            "core → Connect: Kafka Connect does not answer: x",
            "slot",
        ),
        (
            replace(HOPS, topic_at=after(-9), connector=Unread("x")),
            "core → Connect: Kafka Connect does not answer: x",
            "slot",
        ),
        (replace(HOPS, core_beat_at=None), r"does not beat the canary \(never\)", "slot"),
        (
            replace(HOPS, topic_at=after(-9), connector="PAUSED"),
            "Connect → Kafka.*PAUSED",
            "resume",
        ),
        (replace(HOPS, topic_at=None), "none is new on the topic", "logs connect"),
        (
            replace(HOPS, arrival=OLD_ARRIVAL, jobs=[JobStatus("cube", "FAILED", None)]),
            "Kafka → Flink → V2: .* cube is FAILED",
            "taskmanager",
        ),
        (replace(HOPS, arrival=OLD_ARRIVAL, jobs=Unread("x")), "Flink does not answer", "Flink UI"),
        (
            replace(HOPS, arrival=replace(FLOWING, as_of=after(-9))),
            "as_of stands at 11:59:51.000 UTC: cube is RUNNING, checkpoint 0 s old",
            "keeper",
        ),
        (replace(HOPS, arrival=replace(FLOWING, as_of=None)), "never published", "keeper"),
    ],
)
def test_the_first_hop_that_nothing_passes_is_named(hops: Hops, cause: str, remedy: str) -> None:
    found = standstill(hops, BEGAN)
    assert re.search(cause, found[0])
    assert remedy in found[1]


NEWEST = replace(FLOWING, now=after(4), loaded_at=after(3.05))


def test_a_canary_that_passed_every_hop_has_what_each_took() -> None:
    found = hop_check(NEWEST, HOPS)
    assert found.ok
    assert {name: round(float(took), 3) for name, took in found.measured.items()} == {
        "core_to_connect_seconds": 0.01,
        "connect_to_kafka_seconds": 0.01,
        "kafka_to_flink_seconds": 0.01,
        "flink_to_v2_seconds": 0.02,
    }


@pytest.mark.parametrize(
    ("arrival", "hops", "severity", "cause"),
    [
        (replace(NEWEST, loaded_at=after(8.1), now=after(8)), HOPS, "warning", "Flink → V2 took"),
        (replace(NEWEST, core_at=after(5)), HOPS, "warning", "the clocks disagree"),
        (
            replace(NEWEST, now=after(14)),
            replace(HOPS, core_beat_at=after(13), topic_at=after(13)),
            "error",
            "newest canary in V2 passed core 12:00:03",
        ),
        (
            replace(NEWEST, now=after(14)),
            # The marker of the newest canary's transaction is not the next canary.
            replace(HOPS, core_beat_at=after(13), topic_at=after(3.03)),
            "error",
            "Connect → Kafka: canaries beat in the core and none is new",
        ),
        (
            replace(NEWEST, core_at=None, kafka_at=None),
            replace(HOPS, arrival=replace(NEWEST, core_at=None)),
            "error",
            "Kafka → Flink → V2",
        ),
        (
            replace(NEWEST, now=after(14)),
            replace(HOPS, core_beat_at=after(3)),
            "error",
            "core → Connect: the connector does not beat",
        ),
    ],
)
def test_a_hop_that_is_slow_or_stands_is_named(
    arrival: Arrival, hops: Hops, severity: str, cause: str
) -> None:
    found = hop_check(arrival, hops)
    assert not found.ok
    assert found.severity == severity
    assert cause in str(found.cause)
    assert found.remedy
