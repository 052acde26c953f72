"""STREAMING: the Flink jobs. A materialization converges one; its code version is its SQL's."""

from __future__ import annotations

import dagster as dg

from settlement_platform.config import settings
from settlement_platform.defs.naming import OWNERS, STREAMING, job_key, pool, topic_key
from settlement_platform.defs.resources import Flink
from settlement_platform.streaming.jobs import JobSpec, job_specs


def _description(spec: JobSpec) -> str:
    sinks = "\n".join(f"- `{sink}`" for sink in spec.inserts)
    return (
        f"The Flink job `{spec.name}`, which always runs and fills\n\n{sinks}\n\n"
        "Materializing it converges: it starts the job, resumes it from its newest checkpoint, or "
        "moves it to changed SQL through a savepoint. A job that runs as it should is left alone."
    )


def job_asset(spec: JobSpec) -> dg.AssetsDefinition:
    """One Flink job. Unsynced in the UI means: what runs is not what flink_sql/ says."""

    @dg.asset(
        key=job_key(spec.name),
        description=_description(spec),
        group_name=STREAMING,
        owners=OWNERS,
        kinds={"flink"},
        deps=[topic_key(topic) for topic in spec.topics_read],
        code_version=spec.code_version,
        metadata={
            f"insert into {sink}": dg.MetadataValue.md(f"```sql\n{statement}\n```")
            for sink, statement in spec.inserts.items()
        },
        pool=pool(spec.name),
    )
    def converge(flink: Flink) -> dg.MaterializeResult[None]:
        done = flink.converge(spec)
        return dg.MaterializeResult(
            metadata={
                "action": done.action,
                "flink_job_id": done.job_id,
                "flink_ui": dg.MetadataValue.url(done.url),
            }
        )

    return converge


defs = dg.Definitions(
    assets=[job_asset(spec) for spec in job_specs().values()],
    resources={"flink": Flink(settings=settings)},
)
