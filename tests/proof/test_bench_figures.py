"""What a benchmark makes of latencies: percentiles, pairs of rows, medians of runs."""

from __future__ import annotations

import random

import pytest

from settlement_platform.errors import ProofError
from settlement_platform.proof.bench_figures import (
    Copy,
    Figures,
    figures,
    medians,
    paired,
    percentile,
    rounded,
)


def test_a_percentile_is_the_smallest_value_that_so_many_do_not_pass() -> None:
    hundred = [float(n) for n in range(1, 101)]
    assert [percentile(hundred, p) for p in (1, 50, 90, 99, 100)] == [1, 50, 90, 99, 100]


def test_a_percentile_of_few_values_is_one_of_them() -> None:
    assert percentile([7.0], 50) == 7.0
    assert percentile([1.0, 2.0, 3.0], 50) == 2.0
    assert percentile([1.0, 2.0, 3.0], 99) == 3.0
    assert percentile([1.0, 2.0], 50) == 1.0


def test_figures_do_not_depend_on_the_order_of_the_samples() -> None:
    samples = [float(n) for n in range(1, 1001)]
    random.Random(7).shuffle(samples)
    assert figures("V2", samples) == Figures(500, 900, 990, 1000, 1000)


def test_without_a_sample_there_is_an_error_and_no_figure() -> None:
    with pytest.raises(ProofError, match="V2 has no sample"):
        figures("V2", [])


def test_a_row_is_paired_with_the_copy_of_its_newest_commit() -> None:
    core = {"a": 1_000_000, "b": 2_000_000}
    copies = {"a": Copy(1_000_000, 1_027_500), "b": Copy(2_000_000, 2_081_000)}
    pairing = paired(core, copies)
    assert pairing.latencies_ms == [27.5, 81.0]
    assert pairing.behind == 0


def test_a_copy_of_an_older_commit_is_behind_and_brings_no_latency() -> None:
    pairing = paired({"a": 5_000_000}, {"a": Copy(1_000_000, 6_000_000)})
    assert pairing.latencies_ms == []
    assert pairing.behind == 1


def test_a_row_that_did_not_arrive_is_behind() -> None:
    pairing = paired({"a": 1, "b": 2}, {"a": Copy(1, 3)})
    assert pairing.latencies_ms == [0.002]
    assert pairing.behind == 1


def test_the_stream_carries_commits_to_the_millisecond_only() -> None:
    assert paired({"a": 1_234_567}, {"a": Copy(1_234_000, 1_300_000)}).behind == 0
    assert paired({"a": 1_234_567}, {"a": Copy(1_235_000, 1_300_000)}).behind == 1


def test_copies_of_rows_that_are_not_asked_for_are_left_out() -> None:
    pairing = paired({"a": 1_000}, {"a": Copy(1_000, 2_000), "warm-up": Copy(1, 9_000_000)})
    assert pairing.latencies_ms == [1.0]


def test_one_slow_run_of_three_does_not_move_the_median() -> None:
    runs = [{"p50_ms": 25.0, "p99_ms": 80.0}, {"p50_ms": 9000.0, "p99_ms": 9500.0}]
    runs.append({"p50_ms": 27.0, "p99_ms": 90.0})
    assert medians(runs) == {"p50_ms": 27.0, "p99_ms": 90.0}


def test_figures_are_rounded_and_counts_stay_whole() -> None:
    assert rounded({"p50_ms": 27.12345, "samples": 60_000}) == {"p50_ms": 27.123, "samples": 60_000}
