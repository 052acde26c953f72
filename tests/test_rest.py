"""A call of a REST interface is repeated where that does nothing twice, and within a bound."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from settlement_platform.errors import CaptureError
from settlement_platform.rest import Rest, System

PASSING, REFUSED, BROKEN = 409, 400, 500
SYSTEM = System("Somebody", "somebody", CaptureError, passing=frozenset({PASSING}))
SAYS_IT_AGAIN = System("Somebody", "somebody", CaptureError, errors_pass=False, remedy="mend it")
REQUEST = httpx.Request("GET", "http://127.0.0.1")


def answered(status: int) -> httpx.HTTPStatusError:
    return httpx.HTTPStatusError("", request=REQUEST, response=httpx.Response(status))


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST", "PATCH"])
def test_what_was_not_sent_or_not_done_may_be_asked_again_by_any_method(method: str) -> None:
    assert SYSTEM.passes(method, httpx.ConnectError("refused"))
    assert SYSTEM.passes(method, answered(PASSING))
    assert not SYSTEM.passes(method, answered(REFUSED))
    assert not SAYS_IT_AGAIN.passes(method, answered(PASSING))
    assert not SAYS_IT_AGAIN.passes(method, answered(BROKEN))
    assert not SYSTEM.passes(method, ValueError("no JSON"))


@pytest.mark.parametrize(
    "failure", [answered(BROKEN), httpx.ReadTimeout(""), httpx.RemoteProtocolError("")], ids=type
)
def test_what_may_have_been_done_is_asked_again_only_where_twice_is_once(
    failure: httpx.HTTPError,
) -> None:
    asked_again = [
        one for one in ("GET", "PUT", "DELETE", "POST", "PATCH") if SYSTEM.passes(one, failure)
    ]
    assert asked_again == ["GET", "PUT", "DELETE"]


@contextmanager
def serving(port: int, *statuses: int) -> Iterator[list[str]]:
    """Somebody who answers with these statuses in turn, the last again and again; what came."""
    got: list[str] = []

    class Server(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            status = statuses[min(len(got), len(statuses) - 1)]
            got.append(self.command)
            body = json.dumps({"said": status}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", port), Server) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield got
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def somebody(port: int, system: System = SYSTEM, patience_seconds: float = 20) -> Rest:
    return Rest(system, f"http://127.0.0.1:{port}", 5, patience_seconds)


def test_a_call_waits_for_one_who_is_on_the_way(port: int) -> None:
    def come() -> None:
        threading.Event().wait(0.3)
        with serving(port, 200) as got:
            over.wait(20)
        came.extend(got)

    came: list[str] = []
    over = threading.Event()
    coming = threading.Thread(target=come, daemon=True)
    coming.start()
    with somebody(port) as rest:
        assert rest.ask("POST", "/") == {"said": 200}
    over.set()
    coming.join()
    assert came == ["POST"]


def test_a_call_is_made_again_until_it_passes(port: int) -> None:
    with serving(port, PASSING, BROKEN, 200) as got, somebody(port) as rest:
        assert rest.ask("GET", "/") == {"said": 200}
    assert got == ["GET"] * 3


def test_what_may_have_been_done_is_not_done_again(port: int) -> None:
    with (
        serving(port, BROKEN, 200) as got,
        somebody(port) as rest,
        pytest.raises(CaptureError) as told,
    ):
        rest.ask("POST", "/jobs")
    assert got == ["POST"]
    assert told.value.cause == 'Somebody refused POST /jobs: {"said": 500}'
    assert told.value.remedy == "see 'settlement status' and 'settlement logs somebody'"


def test_a_refusal_has_the_words_and_the_remedy_of_its_system(port: int) -> None:
    with (
        serving(port, BROKEN) as got,
        somebody(port, SAYS_IT_AGAIN) as rest,
        pytest.raises(CaptureError) as told,
    ):
        rest.ask("GET", "/")
    assert (got, told.value.remedy) == (["GET"], "mend it")


def test_an_absence_can_be_an_answer(port: int) -> None:
    with serving(port, 404) as got, somebody(port) as rest:
        assert rest.ask("GET", "/", none_if=(404,)) is None
        with pytest.raises(CaptureError, match="404"):
            rest.ask("GET", "/")
    assert got == ["GET", "GET"]


@pytest.mark.parametrize("patience_seconds", [0, 1])
def test_patience_has_an_end_and_a_call_says_how_often_it_asked(
    port: int, patience_seconds: float
) -> None:
    began = time.monotonic()
    with somebody(port, SYSTEM, patience_seconds) as rest, pytest.raises(CaptureError) as told:
        rest.ask("GET", "/")
    assert time.monotonic() - began < patience_seconds + 5
    assert "does not answer" in told.value.cause
    asked_again = re.search(r"\(asked [2-4] times\)$", told.value.cause)
    assert (asked_again is not None) == (patience_seconds > 0)
