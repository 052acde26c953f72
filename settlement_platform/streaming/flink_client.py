"""The Flink cluster's REST interface, as far as we use it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Self

import httpx

from settlement_platform.errors import StreamingError

TIMEOUT_SECONDS = 10.0
SAVEPOINT_TIMEOUT_SECONDS = 120.0
ENDED = {"FINISHED", "CANCELED", "FAILED", "SUSPENDED"}


@dataclass(frozen=True)
class Job:
    """A job that the cluster knows: `state` is Flink's word."""

    job_id: str
    name: str
    state: str

    @property
    def alive(self) -> bool:
        """Whether it runs, or is on its way to."""
        return self.state not in ENDED


@dataclass(frozen=True)
class Checkpoint:
    """A completed checkpoint: where it lies, when it was triggered (epoch seconds), what it cost.

    `state_bytes` is the job's whole state, however little of it was written anew.
    """

    path: str
    triggered_at_seconds: float
    state_bytes: int
    took_seconds: float


@dataclass(frozen=True)
class Checkpoints:
    """A job's newest completed checkpoint, and how many failed since."""

    newest: Checkpoint | None
    failed_in_a_row: int


@dataclass(frozen=True)
class Failure:
    """A failure that a job was restarted after: when (epoch seconds), and its first line."""

    at_seconds: float
    cause: str


class FlinkClient:
    """One cluster. Every call raises StreamingError with Flink's words."""

    def __init__(self, url: str) -> None:
        # Certificates are read where there are some: reading them costs more than all questions.
        self._http = httpx.Client(
            base_url=url, timeout=TIMEOUT_SECONDS, verify=url.startswith("https:")
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def _call(self, method: str, path: str, body: object = None) -> Any:
        try:
            answer = self._http.request(method, path, json=body)
            if answer.is_error:
                raise StreamingError(
                    f"Flink refused {method} {path}: {answer.text[:500]}",
                    "see 'settlement logs flink-jobmanager'",
                )
            return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise StreamingError(
                f"Flink at {self._http.base_url} does not answer: {error!r}",
                "see 'settlement status' and 'settlement logs flink-jobmanager'",
            ) from error

    def overview(self) -> dict[str, Any]:
        """Task managers, slots, and jobs by state."""
        return dict(self._call("GET", "/overview"))

    def jobs(self) -> list[Job]:
        """Every job that the cluster knows, ended ones too."""
        found = self._call("GET", "/jobs/overview")["jobs"]
        return [Job(job["jid"], job["name"], job["state"]) for job in found]

    def checkpoints(self, job_id: str) -> Checkpoints:
        """How a job's checkpoints went, newest first in Flink's memory of the last ten."""
        found = self._call("GET", f"/jobs/{job_id}/checkpoints")
        ended = [one["status"] for one in found["history"] if one["status"] != "IN_PROGRESS"]
        failed = len(list(takewhile(lambda status: status == "FAILED", ended)))
        latest = found["latest"]["completed"]
        if latest is None:
            return Checkpoints(None, failed)
        newest = Checkpoint(
            latest["external_path"],
            latest["trigger_timestamp"] / 1000,
            latest["state_size"],
            latest["end_to_end_duration"] / 1000,
        )
        return Checkpoints(newest, failed)

    def failures(self, job_id: str, most: int) -> list[Failure]:
        """The newest failures of a job, newest first."""
        found = self._call("GET", f"/jobs/{job_id}/exceptions?maxExceptions={most}")
        return [
            Failure(entry["timestamp"] / 1000, entry["stacktrace"].partition("\n")[0])
            for entry in found["exceptionHistory"]["entries"]
        ]

    def exception(self, job_id: str) -> str | None:
        """The newest failure of a job, its first line."""
        found = self.failures(job_id, 1)
        return found[0].cause if found else None

    def cancel(self, job_id: str) -> None:
        """Cancel a job; its checkpoints are retained."""
        self._http.patch(f"/jobs/{job_id}")

    def stop_with_savepoint(self, job_id: str, directory: str) -> str:
        """Stop a job at a savepoint and return where the savepoint lies."""
        body = {"targetDirectory": directory, "drain": False}
        request = self._call("POST", f"/jobs/{job_id}/stop", body)["request-id"]
        deadline = time.monotonic() + SAVEPOINT_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            answer = self._call("GET", f"/jobs/{job_id}/savepoints/{request}")
            if answer["status"]["id"] == "COMPLETED":
                operation = answer["operation"]
                if "location" in operation:
                    return str(operation["location"])
                cause = operation["failure-cause"]["stack-trace"].splitlines()[0]
                raise StreamingError(
                    f"job {job_id} could not be stopped at a savepoint: {cause}",
                    "see 'settlement logs flink-jobmanager'; the job goes on as it was",
                )
            time.sleep(0.1)
        raise StreamingError(
            f"no savepoint of job {job_id} within {SAVEPOINT_TIMEOUT_SECONDS:.0f} s",
            "see its checkpoints in the Flink UI; the job goes on as it was",
        )
