"""The report of `settlement bench latency`."""

from __future__ import annotations

import json

from settlement_platform.proof.bench_figures import Figures
from settlement_platform.proof.bench_latency import LatencyReport, LatencyRun, LatencyWanted
from settlement_platform.proof.bench_processor import Machine


def run(p50_ms: float, floor_p50_ms: float, processor_seconds: dict[str, float]) -> LatencyRun:
    return LatencyRun(
        rate=999.96,
        v2=Figures(p50_ms, p50_ms * 2, p50_ms * 3, p50_ms * 4, 60_000),
        floor=Figures(floor_p50_ms, floor_p50_ms * 2, floor_p50_ms * 10, 30.0, 60_000),
        visible=Figures(p50_ms + 1, p50_ms * 2 + 1, p50_ms * 3 + 1, p50_ms * 4 + 1, 1_200),
        processor_seconds=processor_seconds,
    )


def report(*runs: LatencyRun) -> LatencyReport:
    machine = Machine(2, 8 * 2**30, 0.5)
    return LatencyReport(LatencyWanted(runs=len(runs)), runs, machine, machine)


def test_the_report_has_the_shape_that_tools_rely_on() -> None:
    found = report(run(30, 2, {"kafka": 1.0})).to_json()
    assert found.keys() == {
        "bench",
        "rate_wanted",
        "rate",
        "seconds",
        "warmup_seconds",
        "runs",
        "median",
        "machine",
        "processor_seconds",
    }
    assert found["bench"] == "latency"
    assert (found["rate_wanted"], found["rate"]) == (1000, 1000.0)
    median = found["median"]
    assert isinstance(median, dict)
    assert median.keys() >= {
        "p50_ms",
        "p90_ms",
        "p99_ms",
        "max_ms",
        "samples",
        "floor_p50_ms",
        "floor_p99_ms",
        "ratio_p50",
        "ratio_p99",
        "visible_p50_ms",
        "visible_p99_ms",
    }
    assert json.loads(json.dumps(found)) == found


def test_each_run_stands_in_the_report_with_its_own_processor_seconds() -> None:
    found = report(run(30, 2, {"kafka": 1.234}), run(40, 2, {"kafka": 2.0})).to_json()
    runs = found["runs"]
    assert isinstance(runs, list)
    assert [of["p50_ms"] for of in runs] == [30, 40]
    assert [of["processor_seconds"] for of in runs] == [{"kafka": 1.23}, {"kafka": 2.0}]


def test_a_ratio_is_taken_within_its_run_before_the_median_is() -> None:
    # The floor of the second run is slow too: its ratio is the smallest, not the largest.
    found = report(run(30, 2, {}), run(300, 100, {}), run(32, 2, {})).median()
    assert found["ratio_p50"] == 15
    assert found["p50_ms"] == 32


def test_a_service_that_was_absent_in_a_run_used_nothing_in_it() -> None:
    runs = run(30, 2, {"kafka": 1.0, "other": 3.0}), run(30, 2, {"kafka": 2.0})
    found = report(*runs, run(30, 2, {"kafka": 9.0})).processor_seconds()
    assert found == {"kafka": 2.0, "other": 0.0}
