"""A job whose changed SQL its state does not fit is built anew beside, and nobody notices."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

import httpx
import psycopg
import pytest

from settlement_platform.config import Settings
from settlement_platform.errors import ProofError, StreamingError
from settlement_platform.proof.rebuild import local_place, prove_beside
from settlement_platform.proof.verify import verify
from settlement_platform.simulator.traffic_runner import run_traffic
from settlement_platform.storage.beside import BESIDE, tables_in
from settlement_platform.streaming.deploy import converge_job
from settlement_platform.streaming.flink_client import FlinkClient
from settlement_platform.streaming.jobs import JobSpec, job_specs
from settlement_platform.streaming.rebuild import Place, abandon, rebuild

pytestmark = pytest.mark.e2e

JOB = "realtime_aggregates"
CUBE = "sp_v2_realtime_aggregates"
RATE, TRAFFIC_SECONDS = 50, 20
SEEDS = count(3100)
"""Each traffic has ids of its own."""
WIDE = {"from_date": "2026-01-01", "to_date": "2027-01-01"}


def changed(spec: JobSpec) -> JobSpec:
    """The same numbers by another plan: two phases have a state of their own."""
    settings = {**spec.settings, "table.optimizer.agg-phase-strategy": "TWO_PHASE"}
    return replace(spec, settings=settings)


def wrong(spec: JobSpec) -> JobSpec:
    """A cube that counts every payment twice."""
    [(sink, insert)] = spec.inserts.items()
    twice = insert.replace("SUM(attempted) AS", "SUM(2 * attempted) AS", 1)
    assert twice != insert
    return replace(spec, inserts={sink: twice})


@pytest.fixture
def place(stack_settings: Settings) -> Iterator[Place]:
    """The stack, with payments in it; what a test leaves beside is taken away."""
    report = run_traffic(stack_settings.core_dsn, RATE, TRAFFIC_SECONDS / 4, seed=next(SEEDS))
    assert report.missed == 0
    with local_place(stack_settings) as found:
        yield found
        abandon(found, job_specs()[JOB])


def is_equal(settings: Settings) -> bool:
    return bool(verify(settings.core_dsn, settings.v2_dsn).to_json()["ok"])


def run(settings: Settings, place: Place, spec: JobSpec) -> str:
    every = [spec if one.name == JOB else one for one in job_specs().values()]
    return rebuild(place, spec, every, lambda: prove_beside(settings, print), print)


class Reader(threading.Thread):
    """A client of the API: every answer must be one, and no count may fall."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(daemon=True)
        self.url = f"{settings.api}/analytics/kpis"
        self.ending = threading.Event()
        self.counts: list[int] = []
        self.failures: list[str] = []

    def run(self) -> None:
        with httpx.Client(timeout=10) as http:
            while not self.ending.wait(0.02):
                answer = http.get(self.url, params=WIDE)
                if answer.status_code == 200:
                    self.counts.append(answer.json()["captured"]["count"])
                else:
                    self.failures.append(answer.text)

    def end(self) -> None:
        self.ending.set()
        self.join()


def test_changed_sql_takes_over_and_gives_back_while_payments_and_readers_go_on(
    stack_settings: Settings, place: Place
) -> None:
    original = job_specs()[JOB]
    traffic = threading.Thread(
        target=run_traffic,
        args=(stack_settings.core_dsn, RATE, TRAFFIC_SECONDS),
        kwargs={"seed": next(SEEDS)},
        daemon=True,
    )
    reader = Reader(stack_settings)
    reader.start()
    traffic.start()
    try:
        new_id = run(stack_settings, place, changed(original))
    finally:
        traffic.join()
        reader.end()
    assert reader.failures == []
    assert len(reader.counts) > 100
    with FlinkClient(stack_settings.flink) as flink:
        alive = [(job.job_id, job.name) for job in flink.jobs() if job.alive]
    assert sorted(name for _, name in alive) == sorted(job_specs())
    assert (new_id, JOB) in alive
    assert is_equal(stack_settings)
    # The old SQL, deployed the same way, goes on from where it stopped.
    run_traffic(stack_settings.core_dsn, RATE, 2, seed=next(SEEDS))
    run(stack_settings, place, original)
    assert is_equal(stack_settings)
    assert tables_in(place.serving, BESIDE) == set()


def test_sql_that_counts_wrongly_never_serves(stack_settings: Settings, place: Place) -> None:
    with pytest.raises(ProofError, match=CUBE):
        run(stack_settings, place, wrong(job_specs()[JOB]))
    assert is_equal(stack_settings)
    assert CUBE in tables_in(place.serving, BESIDE)
    abandon(place, job_specs()[JOB])
    assert tables_in(place.serving, BESIDE) == set()


def test_a_state_that_does_not_fit_names_the_way_out(
    stack_settings: Settings, place: Place, wait_for: Callable[..., None]
) -> None:
    original = job_specs()[JOB]
    with pytest.raises(StreamingError, match=f"settlement rebuild {JOB}"):
        converge_job(place.cluster, place.serving, changed(original))
    run(stack_settings, place, original)
    assert is_equal(stack_settings)
    with psycopg.connect(stack_settings.v2_dsn) as v2:
        counted = v2.execute(f"SELECT count(*) FROM {CUBE}".encode()).fetchone()
    assert counted is not None
    assert counted[0] > 0  # type: ignore[operator]
