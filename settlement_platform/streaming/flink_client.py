"""The Flink cluster's REST interface, as far as we use it."""

from __future__ import annotations

import time
from dataclasses import dataclass
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
    """A completed checkpoint: where it lies, when it was triggered (epoch seconds), its bytes."""

    path: str
    triggered_at_seconds: float
    state_bytes: int


class FlinkClient:
    """One cluster. Every call raises StreamingError with Flink's words."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS)

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

    def checkpoint(self, job_id: str) -> Checkpoint | None:
        """The newest completed checkpoint of a job."""
        latest = self._call("GET", f"/jobs/{job_id}/checkpoints")["latest"]["completed"]
        if latest is None:
            return None
        return Checkpoint(
            latest["external_path"],
            latest["trigger_timestamp"] / 1000,
            latest["checkpointed_size"],
        )

    def exception(self, job_id: str) -> str | None:
        """The newest failure of a job, its first line."""
        found = self._call("GET", f"/jobs/{job_id}/exceptions?maxExceptions=1")
        entries = found["exceptionHistory"]["entries"]
        return entries[0]["stacktrace"].splitlines()[0] if entries else None

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
