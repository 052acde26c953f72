"""Letters that wait: each recipient gets each once it can, and a dead one is asked ever less."""

from __future__ import annotations

from settlement_platform.monitoring.alarms import Letter
from settlement_platform.monitoring.outbox import (
    FIRST_WAIT_SECONDS,
    KEEP_SECONDS,
    LONGEST_WAIT_SECONDS,
    MOST_LETTERS,
    Outbox,
    Sent,
    due,
    put,
    settle,
)

NOW = 1_800_000_000.0
LETTERS = [Letter("first", "", "failure"), Letter("second", "", "success")]


def titles(outbox: Outbox, now_seconds: float = NOW) -> dict[str, list[str]]:
    return {who: [w.letter.title for w in found] for who, found in due(outbox, now_seconds).items()}


def test_every_recipient_gets_every_letter_in_order() -> None:
    outbox = put(Outbox(), LETTERS, ["a", "b"], NOW)
    assert titles(outbox) == {"a": ["first", "second"], "b": ["first", "second"]}
    first, second = (one.name for one in outbox.waiting)
    outbox = settle(outbox, {"a": Sent((first, second), False), "b": Sent((first,), False)}, NOW)
    assert titles(outbox) == {"b": ["second"]}
    assert settle(outbox, {"b": Sent((second,), False)}, NOW) == Outbox()


def test_a_recipient_that_fails_loses_nothing_and_holds_up_nobody() -> None:
    outbox = put(Outbox(), LETTERS, ["dead", "well"], NOW)
    names = tuple(one.name for one in outbox.waiting)
    outbox = settle(outbox, {"dead": Sent((), True), "well": Sent(names, False)}, NOW)
    assert titles(outbox) == {}
    assert titles(outbox, NOW + FIRST_WAIT_SECONDS) == {"dead": ["first", "second"]}
    outbox = settle(outbox, {"dead": Sent(names, False)}, NOW)
    assert outbox == Outbox()


def test_a_dead_recipient_is_asked_ever_less_but_never_given_up() -> None:
    outbox, now, waits = put(Outbox(), LETTERS, ["dead"], NOW), NOW, []
    for _ in range(40):
        outbox = settle(outbox, {"dead": Sent((), True)}, now)
        again = outbox.failing["dead"].again_at_seconds
        waits.append(again - now)
        now = again
    assert waits[:3] == [FIRST_WAIT_SECONDS * factor for factor in (1, 2, 4)]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT_SECONDS
    assert titles(outbox, now) == {"dead": ["first", "second"]}


def test_what_nobody_takes_does_not_pile_up() -> None:
    outbox = Outbox()
    for number in range(3 * MOST_LETTERS):
        outbox = put(outbox, [Letter(str(number), "", "failure")], ["dead"], NOW + number)
    assert len(outbox.waiting) == MOST_LETTERS
    assert outbox.waiting[-1].letter.title == str(3 * MOST_LETTERS - 1)
    assert put(outbox, [], ["dead"], NOW + 2 * KEEP_SECONDS).waiting == ()


def test_who_is_not_a_recipient_any_more_is_forgotten() -> None:
    outbox = settle(put(Outbox(), LETTERS, ["a"], NOW), {"a": Sent((), True)}, NOW)
    assert put(outbox, [], [], NOW) == Outbox()
    assert put(Outbox(), LETTERS, [], NOW) == Outbox()
