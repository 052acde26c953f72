"""CLOSING: the sensor that sees to it that every business day is closed, and stays right.

It compares the closes with the cube, which is cheap: a day whose numbers changed after its close is
one of which the two disagree. What only runs can judge of a day it takes from them, and it tells
people of all that is wrong with the days.
"""

# No `from __future__ import annotations` here: Dagster reads the annotation of a context as a type.
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import dagster as dg

from settlement_platform.closing.adds_up import NAME as CLOSE_ADDS_UP
from settlement_platform.closing.days import DayRange, never_closed, to_close
from settlement_platform.closing.truths import closing_checks
from settlement_platform.defs.alarms import Alarms, react
from settlement_platform.defs.checks import Verdict, verdict_of
from settlement_platform.defs.closes import CLOSES, MART, close_days
from settlement_platform.defs.cursors import Cursor
from settlement_platform.defs.proven import CHECK as DAY_EQUALS_THE_CORE
from settlement_platform.defs.proven import PROVEN_DAY
from settlement_platform.defs.reporting import Reported, evaluation, summary, to_report
from settlement_platform.defs.resources import Mail, V2Database
from settlement_platform.defs.settlement import BATCHES
from settlement_platform.defs.settlement import TRUTHS as SETTLEMENT_TRUTHS
from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.sending import Post
from settlement_platform.monitoring.troubles import Patience

RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"
LOOK_SECONDS = 300
REQUEST_SECONDS = 3600.0
"""How long days that were asked for are not asked for again, whatever changes in them."""
TRUTHS = {
    CLOSES: {"every_day_is_closed": "Each business day is closed an hour after its end."},
    MART: {"mart_has_every_day": "Each closed business day that has payments is in the mart."},
}


JUDGED_BY_RUNS = (
    dg.AssetCheckKey(CLOSES, CLOSE_ADDS_UP),
    dg.AssetCheckKey(PROVEN_DAY, DAY_EQUALS_THE_CORE),
    *(dg.AssetCheckKey(BATCHES, law) for law in SETTLEMENT_TRUTHS),
)
EXECUTIONS_LOOKED_AT = 5
"""The newest may be of a run that goes on, or that ended before it judged."""
PATIENCE = Patience(error_looks=2, warning_looks=2, good_looks=1)


@dataclass(frozen=True)
class Remembered(Cursor):
    """The sensor's cursor: when it last asked for days (epoch) and for which, what it reported, and
    the alarms of the days."""

    requested_at_seconds: float = 0.0
    requested: DayRange | None = None
    reported: Reported = field(default_factory=Reported)
    alarms: Alarms = field(default_factory=Alarms)


@dataclass(frozen=True)
class Due:
    """Days that have to be closed: all of them, and those that never were."""

    days: DayRange | None = None
    never_closed: DayRange | None = None

    def to_ask(self, before: Remembered, now_seconds: float) -> DayRange | None:
        """What to ask for now. Days that change are closed again at most once an hour; days that
        never were are not kept waiting for it."""
        asked, new = before.requested, self.never_closed
        is_new = new is not None and (asked is None or not asked.has(new))
        rested = now_seconds - before.requested_at_seconds >= REQUEST_SECONDS
        return self.days if is_new or rested else None


def look_at_closing(v2: V2Database) -> tuple[list[Verdict], Due]:
    """What is so of the business days by now, and which have to be closed."""
    found = v2.closing()
    by_name = {check.name: check for check in closing_checks(found)}
    verdicts = [Verdict(asset, by_name[name]) for asset, said in TRUTHS.items() for name in said]
    if isinstance(found, Unread):
        return verdicts, Due()
    looked_at = (found.states, found.now, found.as_of)
    return verdicts, Due(to_close(*looked_at), never_closed(*looked_at))


def judged_by_runs(instance: dg.DagsterInstance) -> list[Verdict]:
    """What runs said last of the days; nothing of a truth that none has judged yet."""
    newest = [
        next(
            (
                record.evaluation
                for record in instance.event_log_storage.get_asset_check_execution_history(
                    key, limit=EXECUTIONS_LOOKED_AT
                )
                if isinstance(record.evaluation, dg.AssetCheckEvaluation)
            ),
            None,
        )
        for key in JUDGED_BY_RUNS
    ]
    return [verdict_of(evaluation) for evaluation in newest if evaluation is not None]


def run_request(days: DayRange) -> dg.RunRequest:
    """One run that closes a range of days."""
    return dg.RunRequest(
        tags={
            RANGE_START_TAG: str(days.first),
            RANGE_END_TAG: str(days.last),
        }
    )


@dg.multi_asset_check(
    name="closing_truths",
    specs=[
        dg.AssetCheckSpec(name, asset=asset, description=meaning)
        for asset, said in TRUTHS.items()
        for name, meaning in said.items()
    ],
    can_subset=True,
)
def closing_truths(
    context: dg.AssetCheckExecutionContext, v2: V2Database
) -> Iterator[dg.AssetCheckResult]:
    """The truths of the business days, by hand."""
    verdicts, _ = look_at_closing(v2)
    for verdict in verdicts:
        if verdict.key in context.selected_asset_check_keys:
            yield dg.AssetCheckResult(**verdict.said)


_POST = Post()


@dg.sensor(
    job=close_days,
    minimum_interval_seconds=LOOK_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "Closes the business days that should be closed and are not and, at most once an hour, "
        "those of the last 60 whose numbers changed after their close. Tells people once when a "
        "truth of the days stops to hold, and once when it holds again: those that it looks at, "
        "and those that runs judge."
    ),
)
def days_to_close(
    context: dg.SensorEvaluationContext, v2: V2Database, mail: Mail
) -> dg.SensorResult:
    """One look at the business days."""
    before, now_seconds = Remembered.from_cursor(context.cursor), time.time()
    looked_at, due = look_at_closing(v2)
    seen = [*looked_at, *judged_by_runs(context.instance)]
    reported, after = to_report(before.reported, looked_at, now_seconds, runs_reported=False)
    reaction = react(before.alarms.troubles, seen, now_seconds, PATIENCE, mail.settings())
    outbox, mailed = mail.send(_POST, before.alarms.outbox, reaction.letters, now_seconds)
    asked = due.to_ask(before, now_seconds)
    alarms = Alarms(dict(reaction.troubles), outbox)
    told = f"{summary(seen, reported)}; to close: {due.days or 'nothing'}{mailed}"
    requested = (now_seconds, asked) if asked else (before.requested_at_seconds, before.requested)
    return dg.SensorResult(
        run_requests=[run_request(asked)] if asked else [],
        asset_events=[*map(evaluation, reported), *reaction.observations],
        cursor=Remembered(*requested, after, alarms).to_cursor(),
        skip_reason=None if asked else told,
    )


defs = dg.Definitions(asset_checks=[closing_truths], sensors=[days_to_close])
