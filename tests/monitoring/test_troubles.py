"""Truths followed from look to look: alarms that begin and end once, healing that is bounded."""

from __future__ import annotations

from dataclasses import dataclass, field

from settlement_platform.monitoring.alarms import News, announce, gave_up, letters, tried
from settlement_platform.monitoring.checks import Check, fails, holds
from settlement_platform.monitoring.healing import (
    MOST_TRIES,
    WAITS_SECONDS,
    Try,
    heal,
    is_healable,
)
from settlement_platform.monitoring.troubles import Patience, Troubles, follow

NOW = 1_800_000_000.0
LOOK_SECONDS = 10.0
PATIENCE = Patience(error_looks=2, warning_looks=6, good_looks=3)
TRUTH = "asset:truth"
OK = holds("truth", "as it should be")
BAD = fails("truth", "it broke", "mend it")
WEAK = fails("truth", "it is slow", "wait", "warning")


@dataclass
class Looks:
    """One truth, looked at again and again: what is told of it, and what is tried."""

    healable: bool = False
    now_seconds: float = NOW
    troubles: Troubles = field(default_factory=dict)
    news: list[News] = field(default_factory=list)
    tries: list[tuple[float, Try]] = field(default_factory=list)

    def look(self, check: Check, after_seconds: float = LOOK_SECONDS) -> None:
        self.now_seconds += after_seconds
        before = self.troubles
        found, over = follow(before, {TRUTH: check}, self.now_seconds, PATIENCE)
        found, tries = heal(found, {TRUTH: self.healable and not check.ok}, self.now_seconds)
        self.troubles, news = announce(found, over, PATIENCE)
        self.news += [*news, *gave_up(before, self.troubles)]
        self.tries += [(self.now_seconds - NOW, one) for one in tries]

    def told(self) -> list[str]:
        return [one.what for one in self.news]


def after(*checks: Check, healable: bool = False) -> Looks:
    looks = Looks(healable)
    for check in checks:
        looks.look(check)
    return looks


def test_an_alarm_begins_once_and_ends_once() -> None:
    looks = after(OK, BAD)
    assert looks.told() == []
    looks.look(BAD)
    assert looks.told() == ["begins"]
    for check in (*[BAD] * 50, OK, OK):
        looks.look(check)
    assert looks.told() == ["begins"]
    looks.look(OK)
    assert looks.told() == ["begins", "is over"]
    assert looks.troubles == {}
    assert looks.news[0].trouble.since_seconds == NOW + 2 * LOOK_SECONDS


def test_a_warning_takes_longer_than_an_error() -> None:
    assert after(*[WEAK] * (PATIENCE.warning_looks - 1)).told() == []
    assert after(*[WEAK] * PATIENCE.warning_looks).told() == ["begins"]


def test_what_was_a_warning_and_becomes_an_error_is_told_once_more() -> None:
    looks = after(*[WEAK] * PATIENCE.warning_looks, BAD)
    assert looks.told() == ["begins"]
    for check in (BAD, BAD, WEAK, BAD, BAD):
        looks.look(check)
    assert looks.told() == ["begins", "is graver"]


def test_what_flaps_is_not_told_each_time() -> None:
    assert after(*[BAD, OK] * 20).told() == []
    assert after(BAD, BAD, *[OK, BAD] * 20).told() == ["begins"]


def test_what_passes_before_anybody_was_told_is_forgotten() -> None:
    looks = after(BAD, OK, OK, OK)
    assert (looks.told(), looks.troubles) == ([], {})


def test_an_alarm_on_what_is_not_looked_at_any_more_is_over() -> None:
    looks = after(BAD, BAD)
    left, over = follow(looks.troubles, {}, NOW, PATIENCE)
    assert (left, list(over)) == ({}, [TRUTH])


def test_healing_is_tried_from_the_second_look_on_ever_more_rarely_and_then_stops() -> None:
    looks = after(*[BAD] * 100, healable=True)
    at, tries = [seconds for seconds, _ in looks.tries], [one for _, one in looks.tries]
    assert [one.number for one in tries] == [1, 2, 3] == list(range(1, MOST_TRIES + 1))
    first = 2 * LOOK_SECONDS
    assert at == [first, first + WAITS_SECONDS[0], first + sum(WAITS_SECONDS[:2])]
    assert len({one.key for one in tries}) == MOST_TRIES
    assert looks.told() == ["begins", "is not healed"]
    assert "nothing more is tried" in tried(looks.news[-1].trouble)


def test_what_flaps_is_not_healed_for_ever() -> None:
    looks = after(*[BAD, BAD, OK, OK] * 100, healable=True)
    assert len(looks.tries) == MOST_TRIES


def test_healing_begins_anew_once_the_truth_has_held() -> None:
    looks = after(BAD, BAD, *[OK] * PATIENCE.good_looks, BAD, BAD, healable=True)
    assert [one.number for _, one in looks.tries] == [1, 1]
    assert len({one.key for _, one in looks.tries}) == 2


def test_nothing_is_tried_where_it_cannot_help() -> None:
    looks = after(*[BAD] * 100)
    assert looks.tries == []
    assert tried(looks.news[0].trouble) == "nothing by itself"


def test_only_a_system_that_answers_can_be_healed() -> None:
    states = frozenset({"PAUSED"})
    assert is_healable(fails("a", "it is paused", "resume it", state="PAUSED"), states)
    assert not is_healable(fails("a", "it restarts", "wait", state="RESTARTING"), states)
    assert not is_healable(fails("a", "nobody answers", "see its log"), states)
    assert not is_healable(holds("a", "fine", state="PAUSED"), states)


def test_a_letter_says_what_since_when_why_what_was_tried_and_what_to_do() -> None:
    looks = after(BAD, BAD, healable=True)
    [written] = letters(looks.news, lambda truth: [f"http://there/{truth}"], looks.now_seconds)
    assert (written.title, written.kind) == ("ALARM: asset:truth begins", "failure")
    assert written.body.splitlines() == [
        "asset:truth begins",
        "severity: error",
        "since: 2027-01-15 08:00:10 UTC",
        "cause: it broke",
        "tried: to converge it, at 2027-01-15 08:00:20 UTC (1 of 3)",
        "what to do: mend it",
        "see: http://there/asset:truth",
    ]
    for _ in range(PATIENCE.good_looks):
        looks.look(OK)
    [written] = letters(looks.news[1:], lambda _: [], looks.now_seconds)
    assert (written.title, written.kind) == ("OVER: asset:truth is over", "success")
    assert "for 40 s" in written.body


def test_what_begins_together_is_one_letter_and_one_cause_is_told_once() -> None:
    seen = {f"asset:{name}": fails(name, "V2 is away", "see its log") for name in "abc"}
    found, _ = follow({}, seen, NOW, PATIENCE)
    found, over = follow(found, seen, NOW, PATIENCE)
    _, news = announce(found, over, PATIENCE)
    [written] = letters(news, lambda _: [], NOW)
    assert written.title == "ALARM: asset:a begins and 2 more"
    assert written.body.count("V2 is away") == 1
    assert written.body.endswith("asset:c begins, for the same cause")
    assert letters([], lambda _: [], NOW) == []
