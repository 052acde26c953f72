"""The Flink cluster's REST interface: jobs, checkpoints, savepoints, exceptions, metrics."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Self
from urllib.parse import quote

from settlement_platform.errors import StreamingError
from settlement_platform.patience import PATIENCE_SECONDS
from settlement_platform.rest import Rest, System

TIMEOUT_SECONDS = 10.0
SAVEPOINT_TIMEOUT_SECONDS = 120.0
PAUSE_SECONDS = 0.1
ENDED = {"FINISHED", "CANCELED", "FAILED", "SUSPENDED"}
NOT_FOUND, CONFLICT = 404, 409
FLINK = System("Flink", "flink-jobmanager", StreamingError)


@dataclass(frozen=True)
class Job:
    """A job that the cluster knows: `state` is Flink's word, and `began_at_seconds` (epoch) is when
    its JobManager took it up, anew when another leads."""

    job_id: str
    name: str
    state: str
    began_at_seconds: float

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


@dataclass(frozen=True)
class Vertex:
    """A part of a job's plan that runs as a whole, in so many subtasks."""

    vertex_id: str
    name: str
    parallelism: int
    state: str


class FlinkClient:
    """One cluster. Every call raises StreamingError with Flink's words."""

    def __init__(self, url: str, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._rest = Rest(FLINK, url, TIMEOUT_SECONDS, patience_seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._rest.close()

    def overview(self) -> dict[str, Any]:
        """Task managers, slots, and jobs by state."""
        return dict(self._rest.ask("GET", "/overview"))

    def jobs(self) -> list[Job]:
        """Every job that the cluster knows, ended ones too."""
        found = self._rest.ask("GET", "/jobs/overview")["jobs"]
        return [
            Job(job["jid"], job["name"], job["state"], job["start-time"] / 1000) for job in found
        ]

    def alive(self, name: str) -> list[Job]:
        """The jobs of a name that have not ended: one, unless something is wrong."""
        return [job for job in self.jobs() if job.name == name and job.alive]

    def vertices(self, job_id: str) -> list[Vertex]:
        """The parts of a job, sources first."""
        found = self._rest.ask("GET", f"/jobs/{job_id}")["vertices"]
        return [Vertex(one["id"], one["name"], one["parallelism"], one["status"]) for one in found]

    def checkpoints(self, job_id: str) -> Checkpoints:
        """How a job's checkpoints went, newest first in Flink's memory of the last ten."""
        found = self._rest.ask("GET", f"/jobs/{job_id}/checkpoints")
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
        found = self._rest.ask("GET", f"/jobs/{job_id}/exceptions?maxExceptions={most}")
        return [
            Failure(entry["timestamp"] / 1000, entry["stacktrace"].partition("\n")[0])
            for entry in found["exceptionHistory"]["entries"]
        ]

    def exception(self, job_id: str) -> str | None:
        """The newest failure of a job, its first line."""
        found = self.failures(job_id, 1)
        return found[0].cause if found else None

    def metrics(self, job_id: str, names: Sequence[str]) -> dict[str, float]:
        """Figures of a job as a whole, those that it has."""
        path = f"/jobs/{job_id}/metrics?get={_listed(names)}"
        return {one["id"]: float(one["value"]) for one in self._rest.ask("GET", path)}

    def vertex_metrics(self, job_id: str, vertex_id: str, names: Sequence[str]) -> dict[str, float]:
        """Figures of a part of a job, those that it has: the sum over its subtasks."""
        path = f"/jobs/{job_id}/vertices/{vertex_id}/subtasks/metrics"
        # Asked for one that it has not, Flink answers with none at all.
        there = {one["id"] for one in self._rest.ask("GET", path)}
        wanted = [name for name in names if name in there]
        if not wanted:
            return {}
        found = self._rest.ask("GET", f"{path}?agg=sum&get={_listed(wanted)}")
        return {one["id"]: float(one["sum"]) for one in found}

    def cancel(self, job_id: str) -> None:
        """Cancel a job; its checkpoints are retained. One that has ended stays as it is."""
        self._rest.ask("PATCH", f"/jobs/{job_id}", none_if=(NOT_FOUND, CONFLICT))

    def savepoint(self, job_id: str, directory: str) -> str:
        """Write a savepoint of a job that goes on, and return where it lies."""
        body = {"target-directory": directory, "cancel-job": False}
        return self._saved(job_id, "savepoints", body, "have a savepoint written")

    def stop_with_savepoint(self, job_id: str, directory: str) -> str:
        """Stop a job at a savepoint and return where the savepoint lies."""
        body = {"targetDirectory": directory, "drain": False}
        return self._saved(job_id, "stop", body, "be stopped at a savepoint")

    def _saved(self, job_id: str, action: str, body: dict[str, object], what: str) -> str:
        request = self._rest.ask("POST", f"/jobs/{job_id}/{action}", body)["request-id"]
        deadline = time.monotonic() + SAVEPOINT_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            answer = self._rest.ask("GET", f"/jobs/{job_id}/savepoints/{request}")
            if answer["status"]["id"] == "COMPLETED":
                return _location(job_id, answer["operation"], what)
            time.sleep(PAUSE_SECONDS)
        raise StreamingError(
            f"no savepoint of job {job_id} within {SAVEPOINT_TIMEOUT_SECONDS:.0f} s",
            "see its checkpoints in the Flink UI; the job goes on as it was",
        )


def _listed(names: Sequence[str]) -> str:
    return ",".join(quote(name, safe="") for name in names)


def _location(job_id: str, operation: dict[str, Any], what: str) -> str:
    if "location" in operation:
        return str(operation["location"])
    cause = operation["failure-cause"]["stack-trace"].splitlines()[0]
    raise StreamingError(
        f"job {job_id} could not {what}: {cause}",
        "see 'settlement logs flink-jobmanager'; the job goes on as it was",
    )
