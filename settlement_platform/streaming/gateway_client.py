"""The Flink SQL gateway's REST interface: sessions and statements."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from settlement_platform.errors import StreamingError

HTTP_TIMEOUT_SECONDS = 30.0
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


class GatewaySession:
    """One session: its settings and tables are its own and end with it."""

    def __init__(self, http: httpx.Client, handle: str) -> None:
        self._http = http
        self._path = f"/v3/sessions/{handle}"

    def _call(self, method: str, path: str, body: object = None) -> Any:
        try:
            answer = self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise StreamingError(
                f"the Flink SQL gateway at {self._http.base_url} does not answer: {error!r}",
                "see 'settlement status' and 'settlement logs flink-sql-gateway'",
            ) from error
        if answer.is_error:
            errors = "\n".join(str(e) for e in answer.json().get("errors", [answer.text]))
            raise StreamingError(f"Flink refused: {root_cause(errors)}", "mend the statement")
        return answer.json()

    def execute(self, statement: str) -> Result:
        """Run one statement to its result. Raises StreamingError with Flink's innermost cause."""
        try:
            handle = self._call("POST", f"{self._path}/statements", {"statement": statement})
            operation = f"{self._path}/operations/{handle['operationHandle']}"
            return self._fetch(operation)
        except StreamingError as error:
            first = " ".join(statement.split())[:120]
            raise StreamingError(f"{error.cause} (in: {first} …)", error.remedy) from error

    def _fetch(self, operation: str) -> Result:
        deadline = time.monotonic() + STATEMENT_TIMEOUT_SECONDS
        pause, token, rows, job_id = FIRST_PAUSE_SECONDS, 0, [], None
        while True:
            page = self._call("GET", f"{operation}/result/{token}?rowFormat=JSON")
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
    """A session with these settings, closed at the end."""
    with httpx.Client(base_url=url, timeout=HTTP_TIMEOUT_SECONDS) as http:
        opener = GatewaySession(http, "")
        handle = opener._call("POST", "/v3/sessions", {"properties": properties})["sessionHandle"]
        try:
            yield GatewaySession(http, handle)
        finally:
            http.delete(f"/v3/sessions/{handle}")
