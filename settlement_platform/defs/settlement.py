"""SETTLEMENT: dates by the calendar, and each business day's batches.

What streams says what is due; these assets decide in V2's books. Repeating a day changes nothing:
a merchant with a live batch is left alone.
"""

# No `from __future__ import annotations` here: Dagster reads the annotation of a context as a type.
import datetime as dt
from collections.abc import Iterator, Sequence

import dagster as dg

from settlement_platform.config import V2_DATABASE, settings
from settlement_platform.contracts.batches import SettlementBatch
from settlement_platform.contracts.scalars import BUSINESS_ZONE, business_date
from settlement_platform.contracts.settlement import SettlementDate
from settlement_platform.contracts.v2 import AsOf, MerchantMaster, Transaction
from settlement_platform.defs.checks import Verdict
from settlement_platform.defs.naming import OWNERS, SETTLEMENT, settlement_key, v2_key
from settlement_platform.defs.resources import Books
from settlement_platform.defs.tables import table_metadata, table_of, what_a_row_is
from settlement_platform.monitoring.checks import Check, fails, holds
from settlement_platform.settlement.books.laws import CONSERVATION, ONE_BATCH
from settlement_platform.settlement.conservation import Breach

DATES, BATCHES = settlement_key("dates"), settlement_key("batches")
POOL = "settlement_batches"
ACTOR = "dagster"
# A cycle date is settled on its morning: its partition is there from midnight, not from its end.
CYCLE_DATES = dg.DailyPartitionsDefinition(
    start_date="2026-01-01", timezone=BUSINESS_ZONE, end_offset=1
)
TRUTHS = {
    CONSERVATION: (
        "Each sum of a live batch is that of its rows, and for every merchant what is settled is "
        "net, fees, GST and reserve held."
    ),
    ONE_BATCH: (
        "No transaction stands in two live batches, no merchant has two for a cycle date, and "
        "items stand as their batch does."
    ),
}
REMEDY = "approve nothing of these; see 'Settled money does not add up' in docs/runbook.md"


def law_check(law: str, found: Sequence[Breach]) -> Check:
    """What is so of a law of settled money. Pure."""
    if not found:
        return holds(law, "it holds for every merchant", breaches_count=0)
    first = found[0]
    told = f"{first.law}: {first.subject}: {first.actual:,} instead of {first.expected:,}"
    cause = f"{len(found)} breaches; the first: {told}"
    return fails(law, cause, REMEDY, "error", breaches_count=len(found))


@dg.asset(
    key=DATES,
    description=(
        f"{what_a_row_is(SettlementDate)}\n\nTakes published holidays in and writes the dates that "
        "are new or that a late holiday moves, with the declarations that moved them."
    ),
    group_name=SETTLEMENT,
    owners=OWNERS,
    kinds={"postgres"},
    deps=[v2_key(table_of(MerchantMaster).name)],
    metadata=table_metadata(SettlementDate, V2_DATABASE),
)
def dates(books: Books) -> dg.MaterializeResult[None]:
    """Bring the settlement dates to what the calendar says."""
    done = books.refresh_dates(business_date(dt.datetime.now(dt.UTC)))
    return dg.MaterializeResult(
        metadata={
            "calendar_version": done.calendar_version,
            "new_dates_count": done.new_count,
            "moved_dates_count": len(done.moved),
        }
    )


@dg.asset(
    key=BATCHES,
    description=(
        f"{what_a_row_is(SettlementBatch)}\n\nMaterializing a cycle date makes at most one live "
        "batch a merchant of all that is due by then: payments, reserve releases, adjustments. "
        "While both checks hold, the batches are put before their approvers. A day on which banks "
        "do not settle has none."
    ),
    group_name=SETTLEMENT,
    owners=OWNERS,
    kinds={"postgres"},
    deps=[DATES, v2_key(table_of(Transaction).name), v2_key(table_of(AsOf).name)],
    partitions_def=CYCLE_DATES,
    metadata=table_metadata(SettlementBatch, V2_DATABASE),
    check_specs=[
        dg.AssetCheckSpec(name, asset=BATCHES, description=meaning, blocking=True)
        for name, meaning in TRUTHS.items()
    ],
    pool=POOL,
)
def batches(
    context: dg.AssetExecutionContext, books: Books
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Settle this run's cycle date."""
    cycle_date = dt.date.fromisoformat(context.partition_key)
    made = books.settle(cycle_date, ACTOR)
    checks = [law_check(law, found) for law, found in books.breaches().items()]
    submitted = books.submit(cycle_date, ACTOR) if all(check.ok for check in checks) else []
    yield dg.MaterializeResult(
        metadata={
            "made_batches_count": len(made),
            "settled_transactions_count": sum(one.item_count for one in made),
            # As text where a browser's number would lose some.
            "net_paise": str(sum(one.net_paise for one in made)),
            "submitted_batches_count": len(submitted),
        }
    )
    for check in checks:
        yield dg.AssetCheckResult(**Verdict(BATCHES, check).said)


refresh_settlement_dates = dg.define_asset_job(
    "refresh_settlement_dates",
    selection=dg.AssetSelection.assets(DATES),
    description="Brings the settlement dates to what the calendar says.",
)
settle_day = dg.define_asset_job(
    "settle_day",
    selection=dg.AssetSelection.assets(BATCHES),
    description="Makes the batches of a cycle date. Repeating it changes nothing.",
)

defs = dg.Definitions(
    assets=[dates, batches],
    jobs=[refresh_settlement_dates, settle_day],
    schedules=[
        dg.ScheduleDefinition(
            name="refresh_settlement_dates_nightly",
            job=refresh_settlement_dates,
            cron_schedule="15 0 * * *",
            execution_timezone=BUSINESS_ZONE,
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description="Each night at 00:15 in Asia/Kolkata, brings the settlement dates up.",
        ),
        dg.build_schedule_from_partitioned_job(
            settle_day,
            name="settle_today",
            hour_of_day=6,
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description="Each morning at 06:00 in Asia/Kolkata, makes the batches of that day.",
        ),
    ],
    resources={"books": Books(settings=settings)},
)
