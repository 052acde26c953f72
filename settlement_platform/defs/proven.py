"""V2, proven by day: what streams is one thing, and what was held against the core is another.

A partition is a business date. Materializing it compares the date with the core, repairs what
differs, and records the proof; nothing that streams waits for it or looks fresher by it.
"""

# No `from __future__ import annotations` here: Dagster reads the annotation of a context as a type.
import datetime as dt
import warnings
from collections.abc import Iterator, Sequence

import dagster as dg

from settlement_platform.closing.days import DayRange, last_ended
from settlement_platform.config import settings
from settlement_platform.contracts.core import PaymentGatewayResponse, TransactionToSettle
from settlement_platform.contracts.scalars import BUSINESS_ZONE, business_date
from settlement_platform.contracts.v2 import RealtimeAggregate, Transaction
from settlement_platform.defs.checks import Verdict
from settlement_platform.defs.naming import OWNERS, V2, core_key, v2_key
from settlement_platform.defs.progress import paced
from settlement_platform.defs.resources import Days
from settlement_platform.defs.tables import table_of
from settlement_platform.monitoring.checks import Check, Figure, fails, holds
from settlement_platform.repair.outcome import DayOutcome
from settlement_platform.repair.plan import DayPlan, Plan
from settlement_platform.repair.replay import prove

DAYS_KEPT = 120
"""Dates before that have no partition; the command `settlement replay` reaches them."""
CLOSED_DAYS_CHECKED = 3
SHOWN_DAYS = 10
CHECK = "day_equals_the_core"


def today() -> dt.date:
    """The business date that is open now."""
    return business_date(dt.datetime.now(dt.UTC))


def closed_days(open_day: dt.date) -> list[dt.date]:
    """The newest dates that are over, oldest first."""
    newest = open_day - dt.timedelta(days=1)
    return DayRange(open_day - dt.timedelta(days=CLOSED_DAYS_CHECKED), newest).days()


# `end_offset`: the open date is a partition, too.
business_days = dg.DailyPartitionsDefinition(
    start_date=dt.datetime.combine(today() - dt.timedelta(days=DAYS_KEPT), dt.time()),
    end_offset=1,
    timezone=BUSINESS_ZONE,
)
PROVEN_DAY = v2_key("proven_day")


def proof_of(day: DayOutcome) -> str:
    """The proof in one line."""
    return f"{day.missing} missing, {day.extra} extra, {day.different} different"


def differences_of(day: DayPlan) -> str:
    """What differs at a date, in one line."""
    return (
        f"{day.date.isoformat()}: {len(day.missing):,} missing, {len(day.ghosts):,} extra, "
        f"{len(day.different):,} different, "
        f"{len(day.buckets) + len(day.ghost_buckets):,} buckets wrong"
    )


def closed_days_check(dates: Sequence[dt.date], found: Plan) -> Check:
    """Whether closed dates of V2 are what the core has. Pure."""
    differing = found.differing
    measured: dict[str, Figure] = {
        "dates": ", ".join(date.isoformat() for date in dates),
        "dates_that_differ": ", ".join(day.date.isoformat() for day in differing) or "none",
        "rows_compared": sum(day.compared_rows for day in found.days.values()),
        "differences": found.size,
    }
    if found.is_equal:
        return holds(CHECK, "V2 equals the core", **measured)
    cause = "; ".join(differences_of(day) for day in differing[:SHOWN_DAYS])
    remedy = f"materialize these dates of {PROVEN_DAY.to_user_string()}"
    return fails(CHECK, cause, remedy, **measured)


with warnings.catch_warnings():
    # A range as one run is still called beta.
    warnings.simplefilter("ignore", dg.BetaWarning)

    @dg.asset(
        key=PROVEN_DAY,
        description=(
            "A business date of V2, held against the core: each payment, each bucket of the cube. "
            "Materializing a date compares it, repairs only what differs (rows are read again "
            "from the core, what the core has not is taken out), and records the proof. Live "
            "traffic goes on. A range of dates is one run."
        ),
        group_name=V2,
        owners=OWNERS,
        kinds={"postgres"},
        deps=[
            v2_key(table_of(Transaction).name),
            v2_key(table_of(RealtimeAggregate).name),
            core_key(table_of(TransactionToSettle).name),
            core_key(table_of(PaymentGatewayResponse).name),
        ],
        metadata={"business_zone": BUSINESS_ZONE},
        partitions_def=business_days,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool="replay",
    )
    def proven_day(context: dg.AssetExecutionContext, days: Days) -> None:
        """Compare and repair the dates of this run, and record the proof of each."""
        dates = [dt.date.fromisoformat(key) for key in context.partition_keys]
        outcome = days.replay(dates, paced(context.log.info))
        for day in outcome.days:
            context.add_asset_metadata(
                {
                    "rows_compared": day.compared_rows,
                    "buckets_compared": day.compared_buckets,
                    "rows_repaired": day.repaired,
                    "rows_removed": day.removed,
                    "buckets_repaired": day.buckets,
                    "proof": proof_of(day),
                    "as_of": dg.MetadataValue.timestamp(outcome.as_of),
                },
                asset_key=PROVEN_DAY,
                partition_key=day.date.isoformat(),
            )
        context.log.info(
            f"{len(dates)} dates in {outcome.seconds:.1f} s, {outcome.tries} tries of repair"
        )
        prove(outcome)


@dg.multi_asset_check(
    name=CHECK,
    specs=[
        dg.AssetCheckSpec(
            CHECK,
            asset=PROVEN_DAY,
            description=(
                f"Of the last {CLOSED_DAYS_CHECKED} closed business dates, V2's payments and "
                "buckets are the core's."
            ),
        )
    ],
)
def closed_days_equal_the_core(
    context: dg.AssetCheckExecutionContext, days: Days
) -> Iterator[dg.AssetCheckResult]:
    """Compare the last closed dates; repair nothing."""
    dates = closed_days(today())
    found = days.look(dates, paced(context.log.info))
    yield dg.AssetCheckResult(**Verdict(PROVEN_DAY, closed_days_check(dates, found)).said)


prove_day = dg.define_asset_job(
    "prove_day",
    selection=dg.AssetSelection.assets(PROVEN_DAY),
    description="Compares one business date with the core and repairs what differs.",
)


@dg.schedule(
    job=prove_day,
    cron_schedule="40 0 * * *",
    execution_timezone=BUSINESS_ZONE,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Proves the business date that has just closed.",
)
def prove_yesterday(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """The date before the one of the tick."""
    yesterday = last_ended(context.scheduled_execution_time).isoformat()
    return dg.RunRequest(run_key=yesterday, partition_key=yesterday)


defs = dg.Definitions(
    assets=[proven_day],
    asset_checks=[closed_days_equal_the_core],
    jobs=[prove_day],
    schedules=[prove_yesterday],
    resources={"days": Days(settings=settings)},
)
