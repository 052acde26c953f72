"""What Kafka's offsets say: who lags, what hangs, what is gone."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from settlement_platform.contracts.core import MerchantData, SettlementCanary
from settlement_platform.contracts.topics import captured_topic
from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.checks import Check
from settlement_platform.monitoring.offsets import (
    OLD_SECONDS,
    OffsetsReading,
    PartitionReading,
    Position,
    hanging,
    hanging_check,
    lags,
    moves_check,
    oldest_unread,
    position_checks,
)

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
TOPIC = captured_topic(MerchantData)
AT = (TOPIC, 0)
# 100 records are there, the last 20 of them young; what follows the last is its marker.
TAKEN = PartitionReading(first=0, stable=101, end=101, young=80)
READ = Position("cube", "cube", TOPIC, 0, 100)
WELL = OffsetsReading(NOW, {AT: TAKEN}, [READ], NOW - dt.timedelta(seconds=1), {})


def ago(seconds: float) -> dt.datetime:
    return NOW - dt.timedelta(seconds=seconds)


def at(offset: int | None, **changed: object) -> OffsetsReading:
    """A group that has committed that offset."""
    return replace(WELL, positions=[replace(READ, offset=offset)], **changed)


def failing(reading: OffsetsReading | Unread) -> list[Check]:
    found = [
        *hanging_check(reading, TOPIC),
        *moves_check(reading, "RUNNING"),
        *position_checks(reading, "cube"),
    ]
    return [check for check in found if not check.ok]


def test_who_stands_before_the_marker_of_the_last_transaction_has_caught_up() -> None:
    [lag] = lags(WELL, "cube")
    assert (lag.records, lag.seconds) == (0, 0.0)
    assert oldest_unread(WELL.positions, WELL.partitions) == set()
    assert failing(WELL) == []


def test_young_records_are_a_lag_of_their_share_and_nothing_is_looked_up() -> None:
    reading = at(90)
    [lag] = lags(reading, "cube")
    assert lag.records == 10
    assert 0 < lag.seconds < OLD_SECONDS
    assert oldest_unread(reading.positions, reading.partitions) == set()
    [_, keeps_up] = position_checks(reading, "cube")
    assert keeps_up.ok
    assert keeps_up.measured["merchant_data_lag_records"] == 10


@pytest.mark.parametrize(("seconds", "severity"), [(16.0, "warning"), (31.0, "error")])
def test_an_old_record_that_is_unread_is_a_lag_of_its_age(seconds: float, severity: str) -> None:
    reading = at(70, unread_at={(TOPIC, 0, 70): ago(seconds)})
    assert oldest_unread(reading.positions, reading.partitions) == {(TOPIC, 0, 70)}
    [found] = failing(reading)
    assert (found.name, found.severity) == ("cube_keeps_up", severity)
    assert f"30 records and {seconds:.0f} s behind {TOPIC}" in str(found.cause)


def test_what_was_aborted_is_no_lag() -> None:
    reading = at(70, unread_at={(TOPIC, 0, 70): None})
    [lag] = lags(reading, "cube")
    assert (lag.records, lag.seconds) == (0, 0.0)
    assert failing(reading) == []


def test_who_has_never_committed_has_everything_to_read() -> None:
    reading = at(None, unread_at={(TOPIC, 0, 0): ago(3600)})
    assert oldest_unread(reading.positions, reading.partitions) == {(TOPIC, 0, 0)}
    assert [check.name for check in failing(reading)] == ["cube_keeps_up"]


def test_records_that_were_deleted_unread_are_counted_and_named() -> None:
    expired = replace(TAKEN, first=75)
    reading = replace(at(70), partitions={AT: expired}, unread_at={(TOPIC, 0, 75): ago(1)})
    [found] = failing(reading)
    assert found.name == "cube_finds_its_records"
    assert f"5 of {TOPIC}" in str(found.cause)


def test_canaries_may_expire_unread() -> None:
    canary = captured_topic(SettlementCanary)
    reading = replace(
        WELL,
        partitions={(canary, 0): replace(TAKEN, first=75)},
        positions=[Position("cube", "cube", canary, 0, 70)],
        unread_at={(canary, 0, 75): ago(1)},
    )
    assert failing(reading) == []


@pytest.mark.parametrize(
    ("stable", "young", "is_hanging"),
    [
        (101, 80, False),  # nothing is open
        (90, 80, False),  # open, and began a moment ago
        (70, 80, True),
        (70, 101, True),  # nothing was written since
    ],
)
def test_a_transaction_hangs_that_began_long_ago(stable: int, young: int, is_hanging: bool) -> None:
    reading = replace(WELL, partitions={AT: replace(TAKEN, stable=stable, young=young)})
    assert (hanging(reading) == [AT]) is is_hanging
    [check] = hanging_check(reading, TOPIC)
    assert check.ok is not is_hanging


def test_a_transaction_that_hangs_is_blamed_where_it_hangs() -> None:
    stuck = replace(TAKEN, stable=70)
    own = replace(WELL, partitions={("connect-offsets", 0): stuck})
    assert hanging_check(own, TOPIC)[0].ok
    assert "connect-offsets-0" in str(hanging_check(own, None)[0].cause)
    assert hanging_check(replace(WELL, partitions={AT: stuck}), None)[0].ok


@pytest.mark.parametrize(
    ("canary_at", "cause"),
    [(ago(6), "is 6 s old; the connector's state is RUNNING"), (None, "no canary was ever")],
)
def test_a_connector_that_says_running_and_moves_nothing_is_named(
    canary_at: dt.datetime | None, cause: str
) -> None:
    [found] = failing(replace(WELL, canary_at=canary_at))
    assert found.name == "connector_moves_the_canary"
    assert cause in str(found.cause)


def test_a_kafka_that_is_away_is_the_cause_of_all_of_it() -> None:
    assert {str(check.cause) for check in failing(Unread("refused"))} == {
        "Kafka does not answer: refused"
    }
