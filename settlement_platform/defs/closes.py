"""CLOSES: business days that Dagster computes once they have ended, and the mart over them.

A partition is a business day in Asia/Kolkata. They depend on what streams and carry no policy of
Dagster's, to which any partition is as good as yesterday's: whether each day is closed is a check,
and the policy stands on the record of closings, which is reported when the newest day is in it.
"""

# No `from __future__ import annotations` here: Dagster reads the annotation of a context as a type.
import datetime as dt
import warnings
from collections.abc import Iterator

import dagster as dg

from settlement_platform.closing.adds_up import NAME as CLOSE_ADDS_UP
from settlement_platform.closing.adds_up import close_adds_up
from settlement_platform.closing.closes import ClosedDay, close_code_version, mart_code_version
from settlement_platform.closing.days import DayRange
from settlement_platform.config import V2_DATABASE
from settlement_platform.contracts.closes import (
    DailyClose,
    DailyCloseHistory,
    DayClosing,
    MartMerchantDay,
)
from settlement_platform.contracts.scalars import BUSINESS_ZONE, Base
from settlement_platform.contracts.v2 import AsOf, Transaction
from settlement_platform.defs.checks import Verdict
from settlement_platform.defs.links import table_links
from settlement_platform.defs.naming import OWNERS, V2, v2_key
from settlement_platform.defs.resources import V2Database
from settlement_platform.defs.tables import table_metadata, table_of, what_a_row_is

# One run for a range is what a close needs, however new the parameter is.
warnings.filterwarnings("ignore", ".*backfill_policy.*", dg.BetaWarning)

BUSINESS_DAYS = dg.DailyPartitionsDefinition(start_date="2026-01-01", timezone=BUSINESS_ZONE)
POOL = "daily_closes"
CLOSES, CLOSINGS, HISTORY, MART = (
    v2_key(table_of(model).name)
    for model in (DailyClose, DayClosing, DailyCloseHistory, MartMerchantDay)
)
CLOSED_EACH_NIGHT = dg.FreshnessPolicy.cron(
    deadline_cron="0 1 * * *", lower_bound_delta=dt.timedelta(hours=1), timezone=BUSINESS_ZONE
)
"""Between midnight, before which no day is over, and one o'clock the day before is closed."""


def days_of(context: dg.AssetExecutionContext) -> DayRange:
    """The business days that a run is about."""
    keys = context.partition_key_range
    return DayRange(dt.date.fromisoformat(keys.start), dt.date.fromisoformat(keys.end))


def told_of(closed: ClosedDay) -> dict[str, int | str]:
    """A closed day's metadata; paise as text where a browser's number would lose some."""
    told: dict[str, int | str] = {
        "dagster/partition_row_count": closed.row_count,
        "version": closed.version,
        "changed_rows": closed.changed_rows,
        "captured_paise": closed.captured_paise,
        "settled_paise": closed.settled_paise,
        "as_of": closed.as_of.isoformat(),
    }
    if closed.captured_difference_paise is not None:
        told["captured_difference_paise"] = closed.captured_difference_paise
    if closed.settled_difference_paise is not None:
        told["settled_difference_paise"] = closed.settled_difference_paise
    return told


@dg.asset(
    key=CLOSES,
    description=(
        f"{what_a_row_is(DailyClose)}\n\nMaterializing a day adds up its payments, as of one "
        "moment. It closes once as_of has passed midnight in Asia/Kolkata. Closed again, a day "
        "whose figures are others has a new version, and the earlier figures are kept; one that is "
        "unchanged stays as it is. A range is one run."
    ),
    group_name=V2,
    owners=OWNERS,
    kinds={"postgres", "sql"},
    deps=[v2_key(table_of(Transaction).name), v2_key(table_of(AsOf).name)],
    partitions_def=BUSINESS_DAYS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    code_version=close_code_version(),
    metadata=table_metadata(DailyClose, V2_DATABASE),
    check_specs=[
        dg.AssetCheckSpec(
            CLOSE_ADDS_UP,
            asset=CLOSES,
            blocking=True,
            description=(
                "Of the days that were closed, each figure is the cube's, and settled and "
                "unsettled payments make all that was captured."
            ),
        )
    ],
    pool=POOL,
)
def daily_closes(
    context: dg.AssetExecutionContext, v2: V2Database
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Close this run's business days, and hold them against the cube."""
    closed = v2.close(days_of(context))
    for one in closed:
        context.add_asset_metadata(told_of(one), partition_key=str(one.day))
    links = table_links(table_of(DailyClose).name, {}, v2.settings())
    yield dg.MaterializeResult(metadata=links)
    verdict = Verdict(CLOSES, close_adds_up(v2.compare_close(closed)))
    yield dg.AssetCheckResult(**verdict.said)


@dg.asset(
    key=MART,
    description=(
        f"{what_a_row_is(MartMerchantDay)}\n\nComputed with pandas from the day's close and its "
        "payments; materializing a day replaces that day."
    ),
    group_name=V2,
    owners=OWNERS,
    kinds={"postgres", "pandas"},
    deps=[CLOSES, v2_key(table_of(Transaction).name)],
    partitions_def=BUSINESS_DAYS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    code_version=mart_code_version(),
    metadata=table_metadata(MartMerchantDay, V2_DATABASE),
    pool=POOL,
)
def merchant_days(context: dg.AssetExecutionContext, v2: V2Database) -> dg.MaterializeResult[None]:
    """Compute this run's days of the mart."""
    for day, rows in v2.compute_merchant_days(days_of(context)).items():
        context.add_asset_metadata({"dagster/partition_row_count": rows}, partition_key=day)
    return dg.MaterializeResult(
        metadata=table_links(table_of(MartMerchantDay).name, {}, v2.settings())
    )


def _kept(model: type[Base], policy: dg.FreshnessPolicy | None) -> dg.AssetSpec:
    return dg.AssetSpec(
        v2_key(table_of(model).name),
        description=what_a_row_is(model),
        group_name=V2,
        owners=OWNERS,
        kinds={"postgres"},
        deps=[CLOSES],
        metadata=table_metadata(model, V2_DATABASE),
        freshness_policy=policy,
    )


close_days = dg.define_asset_job(
    "close_days",
    selection=dg.AssetSelection.assets(CLOSES, MART),
    description="Closes business days and computes the mart of them. Repeating it changes nothing.",
)
close_yesterday = dg.build_schedule_from_partitioned_job(
    close_days,
    name="close_yesterday",
    hour_of_day=0,
    minute_of_hour=30,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Each night at 00:30 in Asia/Kolkata, closes the business day that has ended.",
)

defs = dg.Definitions(
    assets=[
        daily_closes,
        merchant_days,
        _kept(DayClosing, CLOSED_EACH_NIGHT),
        _kept(DailyCloseHistory, None),
    ],
    jobs=[close_days],
    schedules=[close_yesterday],
)
