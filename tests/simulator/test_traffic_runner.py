from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg
import pytest

from settlement_platform.errors import SettlementError
from settlement_platform.simulator.answer_key import AnswerKey
from settlement_platform.simulator.core_writer import APPLICATION_NAME
from settlement_platform.simulator.mix import Mix
from settlement_platform.simulator.traffic_runner import TrafficProgress, run_traffic

RARE = Mix(
    merchant_change=4,
    new_merchant=2,
    unsettlement=4,
    amount_correction=4,
    merchant_correction=4,
    key_change=4,
    deletion=4,
)


def test_traffic_leaves_the_core_as_its_answer_key_says(
    core_dsn: str, key_in_core: Callable[[str], AnswerKey]
) -> None:
    ticks: list[TrafficProgress] = []
    report = run_traffic(core_dsn, 200, 5, 2_001, on_tick=ticks.append)
    assert report.commits + report.dropped == 1_000
    assert (report.errors, report.missed) == (0, 0)
    assert report.seconds >= 5
    assert [tick.commits for tick in ticks] == sorted(tick.commits for tick in ticks)
    assert report.answer_key.totals().settled_count > 0
    assert key_in_core("TXN-L1JL-") == report.answer_key


def test_traffic_of_rare_operations_leaves_the_core_as_its_answer_key_says(
    core_dsn: str, key_in_core: Callable[[str], AnswerKey]
) -> None:
    report = run_traffic(core_dsn, 400, 2, 2_002, mix=RARE)
    assert (report.commits + report.dropped, report.missed) == (800, 0)
    assert key_in_core("TXN-L1JM-") == report.answer_key


def test_traffic_outlives_connections_that_are_cut_and_its_key_stays_exact(
    core_dsn: str, key_in_core: Callable[[str], AnswerKey]
) -> None:
    def cut(_: TrafficProgress) -> None:
        with psycopg.connect(core_dsn) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = %s",
                (APPLICATION_NAME,),
            )

    report = run_traffic(core_dsn, 400, 4, 2_003, mix=RARE, on_tick=cut)
    assert report.errors > 0
    assert report.missed == 0
    assert report.commits + report.dropped == 1_600
    assert key_in_core("TXN-L1JN-") == report.answer_key


def test_traffic_without_an_end_goes_on_until_it_is_stopped(
    core_dsn: str, key_in_core: Callable[[str], AnswerKey]
) -> None:
    stop = threading.Event()
    report = run_traffic(core_dsn, 100, None, 2_004, stop=stop, on_tick=lambda _: stop.set())
    assert report.commits >= 90
    assert key_in_core("TXN-L1JO-") == report.answer_key


def test_a_seed_is_not_played_twice_into_one_core(core_dsn: str) -> None:
    run_traffic(core_dsn, 50, 0.2, 2_005)
    with pytest.raises(SettlementError, match="already has the traffic of seed 2005"):
        run_traffic(core_dsn, 50, 0.2, 2_005)


def test_a_core_that_refuses_writes_ends_the_traffic_with_a_remedy(core_dsn: str) -> None:
    with pytest.raises(SettlementError, match="read-only") as caught:
        run_traffic(f"{core_dsn}?options=-c%20default_transaction_read_only%3Don", 50, 1, 2_006)
    assert caught.value.remedy
