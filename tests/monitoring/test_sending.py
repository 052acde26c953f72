"""Letters over real sockets: to a server that takes them, one that hangs, and one that is away."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from settlement_platform.monitoring.alarms import Letter
from settlement_platform.monitoring.outbox import LONGEST_WAIT_SECONDS, Outbox, put
from settlement_platform.monitoring.sending import SEND_SECONDS, Post, Recipient, recipients

NOW = 1_800_000_000.0
SECRET = "sesame-0451"
LETTER = Letter("ALARM: it broke", "cause: it broke", "failure")
BOUND_SECONDS = 60.0


Listening = Callable[..., AbstractContextManager[tuple[int, list[dict[str, Any]]]]]


@pytest.fixture
def hanging() -> Iterator[int]:
    """The port of a server that takes a connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def refusing() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def webhook(*ports: int) -> list[Recipient]:
    found, unreadable = recipients(", ".join(f"json://127.0.0.1:{p}/{SECRET}" for p in ports))
    assert unreadable == 0
    return found


def written(to: list[Recipient]) -> Outbox:
    return put(Outbox(), [LETTER], [one.name for one in to], NOW)


def post_until_heard(to: list[Recipient], outbox: Outbox) -> Outbox:
    """Look after look without new letters, until every recipient was heard of."""
    post, deadline = Post(), time.monotonic() + BOUND_SECONDS
    left = post.send(outbox, to, NOW)
    while any(who not in left.failing for one in left.waiting for who in one.recipients):
        assert time.monotonic() < deadline, left
        left = post.send(left, to, NOW)
    return left


def test_a_letter_arrives_as_it_was_written(listening: Listening) -> None:
    with listening() as (port, got):
        to = webhook(port)
        assert post_until_heard(to, written(to)) == Outbox()
    [letter] = got
    assert (letter["title"], letter["message"]) == (LETTER.title, LETTER.body)
    assert letter["type"] == "failure"


def test_one_that_hangs_holds_up_neither_the_look_nor_the_others(
    listening: Listening, hanging: int
) -> None:
    with listening() as (port, got):
        to = webhook(hanging, port)
        post, began = Post(), time.monotonic()
        left = post.send(written(to), to, NOW)
        assert time.monotonic() - began < SEND_SECONDS + 2
        assert len(got) == 1
        assert [one.recipients for one in left.waiting] == [(to[0].name,)]


def test_one_that_refuses_or_fails_keeps_its_letter_and_is_asked_later(
    listening: Listening, refusing: int, hanging: int
) -> None:
    with listening(status=500) as (port, got):
        to = webhook(refusing, port, hanging)
        left = post_until_heard(to, written(to))
        assert left.failing.keys() == {one.name for one in to}
        assert len(got) == 1
        assert [one.letter for one in left.waiting] == [LETTER]
        assert Post().send(left, to, NOW).failing == left.failing
    with listening() as (port, got):
        again = webhook(port)
        moved = put(left, [LETTER], [one.name for one in again], NOW + LONGEST_WAIT_SECONDS)
        assert post_until_heard(again, moved) == Outbox()


def test_urls_may_have_commas_of_their_own() -> None:
    found, unreadable = recipients(
        "json://127.0.0.1/a?-to=x,y,json://127.0.0.1/b\n json://127.0.0.1/c, "
    )
    assert (len(found), unreadable) == (3, 0)
    assert len({one.name for one in found}) == 3
    assert recipients("") == recipients(" , ") == ([], 0)


def test_no_secret_of_a_url_is_logged_or_named(
    listening: Listening,
    refusing: int,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    found, unreadable = recipients(f"slack://{SECRET} nothing://{SECRET} json://user:{SECRET}@:x/")
    assert unreadable == 3 - len(found) > 0
    with listening() as (port, got):
        to = webhook(refusing, port)
        left = post_until_heard(to, written(to))
        assert len(got) == 1
    said = capfd.readouterr()
    assert SECRET not in f"{left} {caplog.text} {said.out} {said.err}"
    assert to[0].name.startswith("json ")
