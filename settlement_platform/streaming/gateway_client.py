"""The Flink SQL gateway's REST interface: sessions and statements."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Self

import httpx

from settlement_platform.errors import StreamingError
from settlement_platform.patience import PATIENCE_SECONDS
from settlement_platform.rest import Rest, System

TIMEOUT_SECONDS = 30.0
STATEMENT_TIMEOUT_SECONDS = 120.0
FIRST_PAUSE_SECONDS = 0.02
LONGEST_PAUSE_SECONDS = 0.5
SHOWN_CHARACTERS = 1500


@dataclass(frozen=True)
class Result:
    """What a statement returned: rows of a result set, and the id of a job that it started."""

    rows: list[list[Any]]
    job_id: str | None


def root_cause(text: str) -> str:
    """The innermost cause in a Java stack trace, which is the one that helps."""
    causes = [line.strip() for line in text.splitlines() if line.startswith("Caused by:")]
    return (causes[-1] if causes else text.strip())[:SHOWN_CHARACTERS]


def _said_by(answer: httpx.Response) -> str:
    try:
        errors = answer.json()["errors"]
    except (ValueError, KeyError, TypeError):
        return root_cause(answer.text)
    return root_cause("\n".join(map(str, errors)))


GATEWAY = System(
    "the Flink SQL gateway",
    "flink-sql-gateway",
    StreamingError,
    # What is wrong with a statement it says by 500: asked again, it says the same.
    errors_pass=False,
    said_by=_said_by,
    remedy="mend the statement",
)


class GatewayClient:
    """One gateway. Every call raises StreamingError with Flink's innermost cause."""

    def __init__(
        self,
        url: str,
        patience_seconds: float = PATIENCE_SECONDS,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._rest = Rest(GATEWAY, url, timeout_seconds, patience_seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._rest.close()

    def version(self) -> str:
        """What answers, and its version."""
        about = self._rest.ask("GET", "/v3/info")
        return f"{about['productName']} {about['version']}"

    @contextmanager
    def session(self, properties: dict[str, str]) -> Iterator[GatewaySession]:
        """A session with these settings, closed at the end."""
        body = {"properties": properties}
        path = f"/v3/sessions/{self._rest.ask('POST', '/v3/sessions', body)['sessionHandle']}"
        try:
            yield GatewaySession(self._rest, path)
        finally:
            # One that cannot be closed ends by itself.
            with suppress(StreamingError):
                self._rest.ask("DELETE", path)


class GatewaySession:
    """One session: its settings and tables are its own and end with it."""

    def __init__(self, rest: Rest, path: str) -> None:
        self._rest = rest
        self._path = path

    def properties(self) -> dict[str, str]:
        """Its settings, those of the gateway among them."""
        return dict(self._rest.ask("GET", self._path)["properties"])

    def execute(self, statement: str) -> Result:
        """Run one statement to its result. Raises StreamingError, which names the statement."""
        try:
            path = f"{self._path}/statements"
            handle = self._rest.ask("POST", path, {"statement": statement})["operationHandle"]
            return self._fetch(f"{self._path}/operations/{handle}")
        except StreamingError as error:
            first = " ".join(statement.split())[:120]
            raise StreamingError(f"{error.cause} (in: {first} …)", error.remedy) from error

    def _fetch(self, operation: str) -> Result:
        deadline = time.monotonic() + STATEMENT_TIMEOUT_SECONDS
        pause, token, rows, job_id = FIRST_PAUSE_SECONDS, 0, [], None
        while True:
            page = self._rest.ask("GET", f"{operation}/result/{token}?rowFormat=JSON")
            if page["resultType"] == "NOT_READY":
                if time.monotonic() > deadline:
                    raise StreamingError(
                        f"no result within {STATEMENT_TIMEOUT_SECONDS:.0f} s",
                        "see 'settlement logs flink-sql-gateway'",
                    )
                time.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                continue
            job_id = page.get("jobID") or job_id
            rows += [row["fields"] for row in page["results"]["data"]]
            if page["resultType"] == "EOS" or not page.get("nextResultUri"):
                return Result(rows, job_id)
            token += 1


@contextmanager
def gateway_session(url: str, properties: dict[str, str]) -> Iterator[GatewaySession]:
    """A session of the gateway at this address, closed at the end."""
    with GatewayClient(url) as gateway, gateway.session(properties) as session:
        yield session
