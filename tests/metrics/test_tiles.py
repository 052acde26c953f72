"""Tiles 1 to 3 as folds of a cohort's totals."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from settlement_platform.metrics.captured import Captured
from settlement_platform.metrics.cohort import CohortTotals
from settlement_platform.metrics.freshness import Freshness
from settlement_platform.metrics.metric import CountAndAmount, Metric
from settlement_platform.metrics.settled import Settled
from settlement_platform.metrics.settlement_rate import Rates, SettlementRate, rate_bps
from settlement_platform.metrics.unsettled import Unsettled

METRICS: tuple[type[Metric[Any]], ...] = (Captured, Settled, Unsettled, SettlementRate)
NOTHING = CohortTotals(0, 0, 0, 0)


@st.composite
def cube_rows(draw: st.DrawFn) -> CohortTotals:
    """One row of the cube: what is settled is part of what is captured. Sums pass 2^63."""
    captured_count = draw(st.integers(0, 10**9))
    captured_paise = draw(st.integers(0, 10**24)) if captured_count else 0
    settled_count = draw(st.integers(0, captured_count))
    settled_paise = draw(st.integers(0, captured_paise)) if settled_count else 0
    return CohortTotals(captured_count, captured_paise, settled_count, settled_paise)


def summed(rows: list[CohortTotals]) -> CohortTotals:
    """What the statement's sums say of these rows."""
    return CohortTotals(
        sum(row.captured_count for row in rows),
        sum(row.captured_paise for row in rows),
        sum(row.settled_count for row in rows),
        sum(row.settled_paise for row in rows),
    )


@given(st.lists(cube_rows()))
def test_settled_plus_unsettled_is_captured_in_count_and_value(rows: list[CohortTotals]) -> None:
    totals = summed(rows)
    settled, unsettled = Settled.fold(totals), Unsettled.fold(totals)
    assert settled.count + unsettled.count == sum(row.captured_count for row in rows)
    assert settled.amount_paise + unsettled.amount_paise == sum(row.captured_paise for row in rows)


@given(st.lists(cube_rows()))
def test_no_tile_is_negative_and_none_is_more_than_was_captured(rows: list[CohortTotals]) -> None:
    totals = summed(rows)
    captured = Captured.fold(totals)
    for part in (Settled.fold(totals), Unsettled.fold(totals)):
        assert 0 <= part.count <= captured.count
        assert 0 <= part.amount_paise <= captured.amount_paise


@given(st.lists(cube_rows()))
def test_a_rate_is_between_nothing_and_all_and_null_of_nothing(rows: list[CohortTotals]) -> None:
    totals = summed(rows)
    rates = SettlementRate.fold(totals)
    for rate, whole in (
        (rates.by_count_bps, totals.captured_count),
        (rates.by_value_bps, totals.captured_paise),
    ):
        assert (rate is None) == (whole == 0)
        assert rate is None or 0 <= rate <= 10_000


@given(st.integers(0, 10**30), st.integers(1, 10**30))
def test_a_rate_is_the_nearest_basis_point_and_the_upper_of_two(part: int, whole: int) -> None:
    rate = rate_bps(part, whole)
    assert rate is not None
    assert -Fraction(1, 2) < rate - Fraction(part * 10_000, whole) <= Fraction(1, 2)


def test_half_a_basis_point_is_rounded_up() -> None:
    assert rate_bps(1, 20_000) == 1
    assert rate_bps(1, 20_001) == 0
    assert rate_bps(3, 20_000) == 2


def test_nothing_captured_gives_zero_counts_and_null_rates() -> None:
    assert Settled.fold(NOTHING) == CountAndAmount(0, 0)
    assert Unsettled.fold(NOTHING) == CountAndAmount(0, 0)
    assert SettlementRate.fold(NOTHING) == Rates(by_count_bps=None, by_value_bps=None)


def test_payments_of_nothing_have_a_rate_by_count_and_none_by_value() -> None:
    rates = SettlementRate.fold(CohortTotals(4, 0, 1, 0))
    assert rates == Rates(by_count_bps=2_500, by_value_bps=None)


def test_every_metric_says_what_it_is_under_a_slug_of_its_own() -> None:
    assert len({metric.slug for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert metric.name
        assert metric.unit
        assert metric.definition.endswith(".")


def test_the_age_of_as_of_and_canary_is_their_distance_from_the_clock_of_v2() -> None:
    now_at = dt.datetime(2026, 1, 31, 6, 30, tzinfo=dt.UTC)
    fresh = Freshness(
        as_of=now_at - dt.timedelta(milliseconds=850),
        canary_at=now_at - dt.timedelta(microseconds=420_900),
        computed_at=now_at,
    )
    assert (fresh.lag_ms, fresh.canary_age_ms) == (850, 420)


def test_without_as_of_and_canary_no_age_is_made_up() -> None:
    fresh = Freshness(as_of=None, canary_at=None, computed_at=dt.datetime.now(dt.UTC))
    assert (fresh.lag_ms, fresh.canary_age_ms) == (None, None)


def test_an_as_of_ahead_of_the_clock_has_a_negative_lag_instead_of_looking_fresh() -> None:
    now_at = dt.datetime.now(dt.UTC)
    ahead = Freshness(as_of=now_at + dt.timedelta(hours=1), canary_at=None, computed_at=now_at)
    assert ahead.lag_ms == -3_600_000
