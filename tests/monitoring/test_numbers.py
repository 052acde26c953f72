"""Which differences are true ones, and what is said of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from settlement_platform.monitoring.checks import Check
from settlement_platform.monitoring.numbers import (
    CubeLook,
    CubeReading,
    DayBalance,
    Difference,
    NumbersReading,
    TermsReading,
    VersionsReading,
    number_checks,
)

NOW = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
BUCKET = (NOW.date(), "M1", "UPI", "SABPAISA_STREAM")
FIGURES = (4, 160, 2, 150, 1, 100, 1, 7)
WRONG = Difference(BUCKET, (5, 170, *FIGURES[2:]), FIGURES)
ELSEWHERE = replace(WRONG, bucket=(*BUCKET[:1], "M2", *BUCKET[2:]))
LOOK = CubeLook(NOW, NOW - 2 * SECOND, 3, 12, [WRONG])
EVEN = DayBalance(NOW.date(), (2, 150), (1, 100), (1, 50), 0)
NUMBERS = NumbersReading(
    NOW.date(),
    CubeReading(replace(LOOK, differences=[])),
    [EVEN],
    VersionsReading(9, 0),
    TermsReading(9, 0, 0),
)


def checks(numbers: NumbersReading) -> dict[str, Check]:
    return {check.name: check for check in number_checks(numbers)}


def cube(reading: CubeReading) -> Check:
    return checks(replace(NUMBERS, cube=reading))["cube_equals_its_transactions"]


def test_numbers_that_agree_pass_every_check() -> None:
    found = checks(NUMBERS)
    assert all(check.ok for check in found.values())
    assert found["cube_equals_its_transactions"].measured["transactions_count"] == 12
    assert found["settled_plus_unsettled_is_captured"].measured["captured_paise"] == 150
    assert found["no_version_went_back"].measured == {"versions_count": 9, "above_count": 0}


def test_a_gap_that_stays_is_a_difference_and_names_its_bucket() -> None:
    found = cube(CubeReading(LOOK, replace(LOOK, seen_at=NOW + 5 * SECOND)))
    assert (found.ok, found.severity) == (False, "error")
    told = "2026-01-01 M1 UPI SABPAISA_STREAM: attempted_count is 5, they make 4; attempted_paise"
    assert told in str(found.cause)
    assert "settlement verify --date 2026-01-01" in str(found.remedy)


def test_a_bucket_that_moves_on_with_its_gap_differs_still() -> None:
    moved = Difference(BUCKET, tuple(n + 1 for n in WRONG.counted), tuple(n + 1 for n in FIGURES))
    assert not cube(CubeReading(LOOK, replace(LOOK, differences=[ELSEWHERE, moved]))).ok


@pytest.mark.parametrize("later", [[], [ELSEWHERE], [replace(WRONG, counted=(6, *FIGURES[1:]))]])
def test_a_gap_that_closes_or_changes_is_a_change_on_its_way(later: list[Difference]) -> None:
    found = cube(CubeReading(LOOK, replace(LOOK, differences=later)))
    assert found.ok
    assert found.measured["moving_buckets_count"] == len(later)


def test_what_as_of_has_not_passed_is_not_judged_unless_as_of_stands() -> None:
    assert cube(CubeReading(LOOK)).ok
    for as_of in (None, NOW - 31 * SECOND):
        stands = cube(CubeReading(replace(LOOK, as_of=as_of)))
        assert (stands.ok, stands.severity) == (False, "warning")


def test_a_look_is_passed_once_as_of_is_beyond_it_by_more_than_clocks_disagree() -> None:
    passed = [LOOK.is_passed_by(at) for at in (None, NOW, NOW + SECOND)]
    assert passed == [False, False, True]


@pytest.mark.parametrize(
    "day",
    [
        replace(EVEN, settled=(0, 100)),
        replace(EVEN, unsettled=(1, 51)),
        replace(EVEN, captured=(3, 150)),
        replace(EVEN, below_zero_count=1),
    ],
)
def test_a_day_that_does_not_add_up_is_named(day: DayBalance) -> None:
    found = checks(replace(NUMBERS, days=[EVEN, day]))["settled_plus_unsettled_is_captured"]
    assert not found.ok
    assert "1 days do not add up; the first: 2026-01-01: captured" in str(found.cause)


def test_a_row_below_its_history_is_named() -> None:
    found = checks(replace(NUMBERS, versions=VersionsReading(9, 1, "the first: T1 at [5, 0]")))
    assert "the first: T1" in str(found["no_version_went_back"].cause)


def test_payments_by_other_terms_are_told_and_strangers_are_no_failure() -> None:
    found = checks(replace(NUMBERS, terms=TermsReading(9, 2, 1, "T1", "M9")))
    assert "T1" in str(found["every_transaction_has_its_terms"].cause)
    waiting = checks(replace(NUMBERS, terms=TermsReading(9, 0, 1, None, "M9")))
    assert waiting["every_transaction_has_its_terms"].ok
    assert "M9" in waiting["every_transaction_has_its_terms"].detail
