"""The report of `settlement bench replay`, and the job that it runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from settlement_platform.errors import ProofError
from settlement_platform.proof.bench_figures import Figures
from settlement_platform.proof.bench_processor import Machine
from settlement_platform.proof.bench_replay import CHUNK_ROWS, Replayed, ReplayReport, chunks
from settlement_platform.proof.bench_replay_job import REPLAY, replay_cluster, replay_spec
from settlement_platform.proof.bench_scratch import in_database
from settlement_platform.streaming.deploy import Cluster
from settlement_platform.streaming.jobs import job_specs

LIVE = job_specs()["transaction_enrichment"]


def cluster(url: str) -> Cluster:
    return Cluster("http://flink", "http://gateway", Path("/state"), "kafka:9092", url)


def test_the_report_has_the_shape_that_tools_rely_on() -> None:
    machine = Machine(2, 1024, 1.0)
    report = ReplayReport(
        rows_wanted=200_000,
        warmup_runs=2,
        replayed=Replayed(200_000, 210_000, 400_000, 8.0, 12.5),
        live=Figures(30, 60, 90, 100, 40),
        job_processor_seconds=11.234,
        processor_seconds={"kafka": 1.234},
        before=machine,
        after=machine,
    ).to_json()
    assert report["bench"] == "replay"
    assert report["rows_per_second"] == 25_000
    assert report["versions_per_second"] == 26_250
    assert report["events_per_second"] == 50_000
    assert (report["seconds"], report["seconds_since_submit"]) == (8.0, 12.5)
    assert (report["live_visible_p99_ms"], report["live_visible_samples"]) == (90, 40)
    assert report["job_processor_seconds"] == 11.23
    assert report["processor_seconds"] == {"kafka": 1.23}
    assert json.loads(json.dumps(report)) == report


def test_the_replayed_job_is_the_live_one_under_another_name_and_for_bulk() -> None:
    spec = replay_spec(LIVE)
    assert (spec.ddl, spec.inserts) == (LIVE.ddl, LIVE.inserts)
    assert (spec.name, spec.settings["pipeline.name"]) == (REPLAY, REPLAY)
    assert spec.variables["flush_rows"] == "2000"
    assert LIVE.name != REPLAY


def test_the_replayed_job_shares_no_consumer_group_with_a_live_one() -> None:
    live = {group for job in job_specs().values() for group in job.consumer_groups}
    assert not live & replay_spec(LIVE).consumer_groups.keys()


def test_the_replayed_job_writes_to_the_scratch_database_and_nowhere_else() -> None:
    live = cluster("jdbc:postgresql://127.0.0.1:5102/v2?user=v2_stream&x=1")
    url = replay_cluster(live).v2_jdbc_url
    assert url == f"jdbc:postgresql://127.0.0.1:5102/{REPLAY}?user=v2_stream&x=1"


def test_an_address_that_is_not_the_local_stacks_is_refused() -> None:
    with pytest.raises(ProofError, match="analytics"):
        replay_cluster(cluster("jdbc:postgresql://db.example/analytics?user=v2_stream"))


def test_a_dsn_keeps_its_role_and_password_in_another_database() -> None:
    dsn = "postgresql://v2_owner:a%2Fb@127.0.0.1:5102/v2"
    assert in_database(dsn, REPLAY) == f"postgresql://v2_owner:a%2Fb@127.0.0.1:5102/{REPLAY}"


def test_rows_are_added_in_chunks_that_miss_none_and_double_none() -> None:
    assert chunks(0) == []
    assert chunks(1) == [(1, 1)]
    assert chunks(CHUNK_ROWS) == [(1, CHUNK_ROWS)]
    parts = chunks(2 * CHUNK_ROWS + 7)
    numbers = [n for first, last in parts for n in range(first, last + 1)]
    assert numbers == list(range(1, 2 * CHUNK_ROWS + 8))
