"""Terms over time: those in force at the capture, as they are known now."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement_platform.settlement.money import Bearer, Fee, MoneyError
from settlement_platform.settlement.terms import (
    Capture,
    Terms,
    TermsError,
    TermsVersion,
    Timeline,
    changed_by,
    cycle_days,
    terms_at,
)

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
HOURS = st.integers(0, 99)
TERMS = Terms(2, 500, Fee(200), {"UPI": Fee(0), "CARD": Fee(190, 300)})


def at(hour: int) -> dt.datetime:
    return START + hour * HOUR


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    """Versions of a merchant's terms, each told apart by its cycle, recorded one after another."""
    versions = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        begin = draw(HOURS)
        end = draw(st.none() | st.integers(begin + 1, 120))
        versions.append(
            TermsVersion(
                number,
                at(number),
                at(begin),
                None if end is None else at(end),
                replace(TERMS, cycle_days=number),
                f"reason {number}",
            )
        )
    return Timeline("M1", tuple(draw(st.permutations(versions))))


def expected_at(timeline: Timeline, hour: int, known: int) -> int | None:
    """Each version painted over the hours that it covers, in the order in which they came."""
    hours: dict[int, int] = {}
    for version in sorted(timeline.versions, key=lambda version: version.recorded_at):
        if version.recorded_at > at(known):
            break
        for painted in range(200):
            if version.valid_from <= at(painted) and (
                version.valid_to is None or at(painted) < version.valid_to
            ):
                hours[painted] = version.version
    return hours.get(hour)


@given(timelines(), HOURS, st.integers(0, 8))
def test_the_version_recorded_last_holds_where_versions_overlap(
    timeline: Timeline, hour: int, known: int
) -> None:
    expected = expected_at(timeline, hour, known)
    if expected is None:
        with pytest.raises(TermsError, match="M1 has no terms"):
            terms_at(timeline, at(hour), at(known))
    else:
        assert terms_at(timeline, at(hour), at(known)).version == expected


@given(timelines(), HOURS, st.permutations(range(6)))
def test_the_order_in_which_versions_are_given_is_nothing(
    timeline: Timeline, hour: int, order: list[int]
) -> None:
    versions = timeline.versions
    shuffled = Timeline("M1", tuple(versions[n] for n in order if n < len(versions)))
    capture = [Capture("T1", "UPI", at(hour))]
    assert changed_by(timeline, shuffled, capture) == []


@given(timelines(), st.lists(HOURS, max_size=20), HOURS)
def test_terms_that_begin_later_change_nothing_that_was_captured_before(
    timeline: Timeline, hours: list[int], begins: int
) -> None:
    later = TermsVersion(7, at(7), at(begins), None, Terms(9, 0, Fee(0)), "new terms")
    extended = Timeline("M1", (*timeline.versions, later))
    captures = [Capture(f"T{n}", "UPI", at(hour)) for n, hour in enumerate(hours)]
    changed = changed_by(timeline, extended, captures)
    assert {c.transaction_id for c in changed} == {
        c.transaction_id for c in captures if c.captured_at >= at(begins)
    }
    assert all(change.why == "new terms" and change.after == later for change in changed)


def first(terms: Terms = TERMS) -> TermsVersion:
    return TermsVersion(1, at(0), at(0), None, terms, "as agreed")


def test_a_correction_of_the_past_lists_what_it_changes_in_effect_and_why() -> None:
    old = Timeline("M1", (first(),))
    corrected = replace(TERMS, fees={**TERMS.fees, "CARD": Fee(175, 300)}, reserve_bps=500)
    fixed = TermsVersion(2, at(50), at(10), at(20), corrected, "wrong rate was entered")
    captures = [
        Capture("card before", "CARD", at(9)),
        Capture("card within", "CARD", at(10)),
        Capture("upi within", "UPI", at(15)),
        Capture("card after", "CARD", at(20)),
    ]
    (changed,) = changed_by(old, Timeline("M1", (first(), fixed)), captures)
    assert changed.transaction_id == "card within"
    assert changed.what == ("fee",)
    assert (changed.before, changed.after) == (first(), fixed)
    assert changed.why == "wrong rate was entered"


def test_terms_where_there_were_none_change_everything() -> None:
    (changed,) = changed_by(
        Timeline("M1", ()), Timeline("M1", (first(),)), [Capture("T1", "UPI", at(1))]
    )
    assert (changed.before, changed.what) == (None, ("cycle_days", "reserve_bps", "fee"))


def test_terms_that_are_taken_away_are_an_error() -> None:
    with pytest.raises(TermsError, match="no terms"):
        changed_by(Timeline("M1", (first(),)), Timeline("M1", ()), [Capture("T1", "UPI", at(1))])


def test_a_method_without_a_fee_of_its_own_pays_the_other_fee() -> None:
    assert TERMS.fee_for("UPI") == Fee(0)
    assert TERMS.fee_for("CRYPTO") == Fee(200, 0, Bearer.MERCHANT)


@pytest.mark.parametrize(("text", "days"), [("T+0", 0), ("T+2", 2), ("T+10", 10)])
def test_a_cycle_is_read(text: str, days: int) -> None:
    assert cycle_days(text) == days


@pytest.mark.parametrize("text", ["", "T2", "T+", "T+-1", "T+100", "t+1", "T+1 ", "T+\u0967"])
def test_a_cycle_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(TermsError, match="is not a settlement cycle"):
        cycle_days(text)


def test_terms_that_are_none_are_refused() -> None:
    with pytest.raises(TermsError, match=r"T\+100"):
        Terms(100, 0, Fee(0))
    with pytest.raises(MoneyError, match="10001 bps"):
        Terms(1, 10_001, Fee(0))


@pytest.mark.parametrize(
    "wrong",
    [
        replace(first(), recorded_at=at(1)),
        replace(first(), version=2, recorded_at=at(0) - HOUR),
        replace(first(), version=2, valid_to=at(0)),
    ],
)
def test_a_timeline_that_contradicts_itself_is_refused(wrong: TermsVersion) -> None:
    with pytest.raises(TermsError, match="terms of M1"):
        Timeline("M1", (first(), wrong))
