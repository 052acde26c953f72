"""Every truth has a verdict, whatever could be looked at."""

from __future__ import annotations

from settlement_platform.monitoring.checks import complete, fails, holds


def test_what_was_looked_at_keeps_its_verdict_in_the_order_of_the_names() -> None:
    found = [holds("a", "fine", age_seconds=1.5), fails("b", "why", "how"), holds("c", "fine")]
    assert complete(["b", "a"], found) == [found[1], found[0]]
    assert complete([], found) == []


def test_what_was_not_looked_at_fails_with_what_stood_in_the_way() -> None:
    found = [fails("a", "old", "wait"), holds("b", "fine"), fails("v2_answers", "refused", "start")]
    [unseen] = complete(["c"], found)
    assert not unseen.ok
    assert unseen.cause == "it cannot be told: v2_answers fails: refused"
    assert (unseen.remedy, unseen.severity) == ("start", "error")


def test_what_nobody_looked_at_never_holds() -> None:
    [unseen] = complete(["c"], [holds("a", "fine")])
    assert (unseen.ok, unseen.cause) == (False, "nobody looked at it")


def test_a_check_is_printed_with_its_figures() -> None:
    assert fails("a", "why", "how", "warning", held_bytes=7).to_json() == {
        "name": "a",
        "ok": False,
        "detail": "why",
        "cause": "why",
        "remedy": "how",
        "severity": "warning",
        "measured": {"held_bytes": 7},
    }
