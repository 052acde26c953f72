"""REBUILD: changed SQL that a job's state does not fit, taken live without a gap, as a run."""

# No `from __future__ import annotations` here: Dagster reads the annotation of a context as a type.
import dagster as dg
from pydantic import Field

from settlement_platform.defs.links import flink_job_url
from settlement_platform.defs.naming import job_key, topic_key
from settlement_platform.defs.progress import paced
from settlement_platform.defs.resources import Flink
from settlement_platform.defs.versions import version_tags
from settlement_platform.errors import SettlementError
from settlement_platform.streaming.jobs import job_spec, job_specs

REBUILD = "rebuild"


class WhichJob(dg.Config):
    """What is rebuilt."""

    job: str = Field(description=f"The Flink job: {', '.join(job_specs())}.")


@dg.op(
    description="Builds one Flink job anew beside the one that serves, and lets it take over.",
    pool=REBUILD,
)
def build_beside(context: dg.OpExecutionContext, config: WhichJob, flink: Flink) -> None:
    """Rebuild one job; the outcome stands on its asset."""
    spec = job_spec(config.job)
    try:
        job_id = flink.rebuild(spec.name, paced(context.log.info))
    except SettlementError as error:
        context.log_event(
            dg.AssetObservation(
                job_key(spec.name),
                description="rebuild: it does not take over; what serves goes on",
                metadata={"step": REBUILD, "result": "failed", "cause": error.cause},
            )
        )
        raise
    context.log_event(
        dg.AssetMaterialization(
            job_key(spec.name),
            description="rebuild: it was built anew, proven against the core, and serves",
            metadata={
                "action": REBUILD,
                "flink_job_id": job_id,
                "flink_ui": dg.MetadataValue.url(flink_job_url(flink.settings(), job_id)),
            },
            tags=version_tags(spec.code_version, [topic_key(name) for name in spec.topics_read]),
        )
    )


@dg.job(
    name=REBUILD,
    description=(
        "Takes changed SQL of a Flink job live that its state does not fit, as `settlement rebuild "
        "JOB` does: builds its tables anew beside those that serve, proves them against the core, "
        "and swaps them in. Where the proof fails nothing is swapped. Run again, it goes on."
    ),
    executor_def=dg.in_process_executor,
)
def rebuild() -> None:
    """One job, by configuration."""
    build_beside()


defs = dg.Definitions(jobs=[rebuild])
