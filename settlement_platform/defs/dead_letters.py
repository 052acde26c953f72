"""DEAD LETTERS: put back on their topics when other SQL has taken over, which may be their fix."""

# No `from __future__ import annotations` here: Dagster reads the annotation of a context as a type.
import dagster as dg

from settlement_platform.contracts.v2 import DeadLetter
from settlement_platform.defs.naming import v2_key
from settlement_platform.defs.progress import paced
from settlement_platform.defs.resources import Days
from settlement_platform.defs.tables import table_of

REPLAY = "replay_dead_letters"
LETTERS = v2_key(table_of(DeadLetter).name)


@dg.op(description="Puts every open dead letter back on its topic, in order.", pool=REPLAY)
def put_back(context: dg.OpExecutionContext, days: Days) -> None:
    """Put them back; how many, and why they had been refused, stands on their table."""
    put = days.replay_letters(paced(context.log.info))
    context.log_event(
        dg.AssetObservation(
            LETTERS,
            description="replay: on their topics again; what still cannot be applied comes back",
            metadata={"step": REPLAY, "replayed": sum(put.values()), "by_reason": dict(put)},
        )
    )


@dg.job(
    name=REPLAY,
    description=(
        "Puts every open dead letter back on its topic, as `settlement dead-letters replay` does. "
        "Runs by itself once when other SQL of a job runs everywhere it is declared."
    ),
    executor_def=dg.in_process_executor,
)
def replay_dead_letters() -> None:
    """All of them."""
    put_back()


defs = dg.Definitions(jobs=[replay_dead_letters])
