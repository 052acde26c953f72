"""Makes the running Flink jobs what flink_sql/ says. Thin: `converge.decide` has decided."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Engine

from settlement_platform.errors import StreamingError
from settlement_platform.storage.deployments import Deployment, deployment, only_one, write_down
from settlement_platform.streaming.converge import Action, Keep, Resume, Upgrade, decide
from settlement_platform.streaming.flink_client import FlinkClient
from settlement_platform.streaming.gateway_client import GatewaySession, gateway_session
from settlement_platform.streaming.jobs import JobSpec, filled

RUNNING_TIMEOUT_SECONDS = 90.0
STATE_PATH = "execution.state-recovery.path"
STATE_DOES_NOT_FIT = "Cannot map checkpoint/savepoint state"


@dataclass(frozen=True)
class Cluster:
    """Where jobs run: the cluster, its gateway, its state, and what the SQL speaks to."""

    flink_url: str
    gateway_url: str
    state_dir: Path
    kafka: str
    v2_jdbc_url: str

    @property
    def savepoints(self) -> str:
        return f"file://{self.state_dir / 'savepoints'}"

    def values(self, spec: JobSpec) -> dict[str, str]:
        """What the placeholders of a job's SQL stand for."""
        addresses = {"kafka": self.kafka, "v2_jdbc_url": self.v2_jdbc_url, "job": spec.name}
        return {**spec.variables, **addresses}

    def newest_state(self, last: Deployment | None) -> str | None:
        """The newest complete checkpoint of the last deployment, or what it began from."""
        if last is None:
            return None
        folder = self.state_dir / "checkpoints" / (last.flink_job_id or "never")
        complete = [path.parent for path in folder.glob("chk-*/_metadata")]
        newest = max(complete, key=lambda path: int(path.name.split("-")[1]), default=None)
        if newest is not None:
            return f"file://{newest}"
        begun = last.restored_from
        # Flink writes a savepoint's place as file:/path, a checkpoint's as file:///path.
        kept = begun is not None and (Path(urlsplit(begun).path) / "_metadata").exists()
        return begun if kept else None


def prepare(session: GatewaySession, spec: JobSpec, values: dict[str, str]) -> None:
    """Create the tables and views of a job in a session."""
    for statement in spec.ddl:
        session.execute(filled(statement, values))


def explain(cluster: Cluster, spec: JobSpec) -> str:
    """Flink's plan of a job with its changelog modes. Raises StreamingError if it has none."""
    values = cluster.values(spec)
    with gateway_session(cluster.gateway_url, spec.settings) as session:
        prepare(session, spec, values)
        body = ";\n".join(filled(insert, values) for insert in spec.inserts.values())
        statement = f"EXPLAIN CHANGELOG_MODE STATEMENT SET BEGIN\n{body};\nEND"
        return str(session.execute(statement).rows[0][0])


def _submit(cluster: Cluster, spec: JobSpec, state: str | None) -> str:
    """Submit a job, from its state if it has one. Returns Flink's job id."""
    settings = {**spec.settings, **({STATE_PATH: state} if state else {})}
    values = cluster.values(spec)
    # One session a job: the state path sticks to its session.
    with gateway_session(cluster.gateway_url, settings) as session:
        prepare(session, spec, values)
        try:
            job_id = session.execute(filled(spec.statement_set, values)).job_id
        except StreamingError as error:
            if STATE_DOES_NOT_FIT not in error.cause:
                raise
            remedy = f"run 'settlement rebuild {spec.name}'; until then its tables stand still"
            raise StreamingError(error.cause, remedy) from error
    if job_id is None:
        raise StreamingError(
            f"Flink took {spec.name} and named no job", "see 'settlement logs flink-sql-gateway'"
        )
    return job_id


def _await_running(flink: FlinkClient, spec: JobSpec, job_id: str) -> None:
    deadline = time.monotonic() + RUNNING_TIMEOUT_SECONDS
    state = "absent"
    while time.monotonic() < deadline:
        state = next((job.state for job in flink.jobs() if job.job_id == job_id), "absent")
        if state == "RUNNING":
            return
        if state in ("FAILED", "CANCELED"):
            break
        time.sleep(0.2)
    raise StreamingError(
        f"{spec.name} (job {job_id}) is {state}: {flink.exception(job_id)}",
        "see its exceptions in the Flink UI",
    )


def _apply(
    cluster: Cluster, flink: FlinkClient, engine: Engine, spec: JobSpec, action: Action
) -> str:
    wanted = Deployment(spec.name, spec.code_version, None, None)
    if isinstance(action, Keep):
        return action.job_id
    if isinstance(action, Upgrade):
        explain(cluster, spec)  # a statement that Flink refuses must not cost the running job
        path = flink.stop_with_savepoint(action.job_id, cluster.savepoints)
        wanted = replace(wanted, restored_from=path)
    elif isinstance(action, Resume):
        wanted = replace(wanted, restored_from=action.path)
    write_down(engine, wanted)
    job_id = _submit(cluster, spec, wanted.restored_from)
    write_down(engine, replace(wanted, flink_job_id=job_id))
    _await_running(flink, spec, job_id)
    return job_id


def converge_job(cluster: Cluster, engine: Engine, spec: JobSpec) -> tuple[Action, str]:
    """Make one job what its specification says; repeating it changes nothing.

    Returns the action that was taken and Flink's job id. Raises StreamingError.
    """
    with only_one(engine, spec.name), FlinkClient(cluster.flink_url) as flink:
        last = deployment(engine, spec.name)
        state = cluster.newest_state(last)
        action = decide(spec.name, spec.code_version, flink.jobs(), last, state)
        if isinstance(action, Keep) and last and last.flink_job_id != action.job_id:
            # A crash between submitting and writing down left it without its id.
            write_down(engine, replace(last, flink_job_id=action.job_id))
        return action, _apply(cluster, flink, engine, spec, action)
