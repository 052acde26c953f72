"""The sensors that look at the whole flow: they report what changed, tell people, and heal.

A truth that stays as it was is reported again only now and then: an evaluation is a row of
Dagster's database for ever.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import dagster as dg

from settlement_platform.config import settings
from settlement_platform.defs.alarms import Alarms, react
from settlement_platform.defs.checks import NUMBERS, Stage, Verdict, stages, verdicts
from settlement_platform.defs.converge import converge
from settlement_platform.defs.cursors import Cursor
from settlement_platform.defs.failed_runs import letter, new_failures
from settlement_platform.defs.progress import without_figures
from settlement_platform.defs.resources import Flow, Mail
from settlement_platform.monitoring.sending import Post
from settlement_platform.monitoring.troubles import Patience

LOOK_SECONDS = 4
"""Dagster looks each five seconds which sensor is due: every time, so that a part that stands is
named within ten."""
NUMBERS_LOOK_SECONDS = 300
"""Sums over whole days: what they cost V2 is taken from the stream on the same machine."""
CONFIRM_SECONDS = 600.0
"""How old the report of a truth that stays as it is may grow."""
SHOWN_TRUTHS = 5


@dataclass(frozen=True)
class Reported:
    """What was reported so far.

    `looked_at_seconds` and `confirmed_at_seconds`: when the flow was last looked at, and when every
    truth was last reported (epoch). `failing`: the truths that did not hold, with their gist.
    """

    looked_at_seconds: float = 0.0
    confirmed_at_seconds: float = 0.0
    failing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Memory(Cursor):
    """What a sensor remembers from look to look.

    Where it is lost all is reported and told anew, and an alarm that was over meanwhile is not told
    of.
    """

    reported: Reported = field(default_factory=Reported)
    alarms: Alarms = field(default_factory=Alarms)


def gist(verdict: Verdict) -> str:
    """Why a truth does not hold, without the figures that change from look to look."""
    return f"{verdict.check.severity}: {without_figures(str(verdict.check.cause))}"


def to_report(
    before: Reported, seen: Sequence[Verdict], now_seconds: float, runs_reported: bool
) -> tuple[list[Verdict], Reported]:
    """What has to be reported, and what will have been. Pure.

    `runs_reported`: a run may have reported truths since the last look; all are confirmed then.
    """
    failing = {v.key.to_user_string(): gist(v) for v in seen if not v.check.ok}
    is_due = now_seconds - before.confirmed_at_seconds >= CONFIRM_SECONDS
    if is_due or runs_reported:
        return list(seen), Reported(now_seconds, now_seconds, failing)
    changed = [
        verdict
        for verdict in seen
        if failing.get(key := verdict.key.to_user_string()) != before.failing.get(key)
    ]
    return changed, Reported(now_seconds, before.confirmed_at_seconds, failing)


def evaluation(verdict: Verdict) -> dg.AssetCheckEvaluation:
    """A verdict as an event that belongs to no run."""
    return dg.AssetCheckEvaluation(**verdict.said)


def summary(seen: Sequence[Verdict], reported: Sequence[Verdict]) -> str:
    """One line for the tick."""
    failing = [verdict.key.to_user_string() for verdict in seen if not verdict.check.ok]
    more = f" and {len(failing) - SHOWN_TRUTHS} more" if len(failing) > SHOWN_TRUTHS else ""
    told = f": {', '.join(failing[:SHOWN_TRUTHS])}{more}" if failing else ""
    held = f"{len(seen) - len(failing)} of {len(seen)} truths hold"
    return f"{held}{told}; {len(reported)} reported"


def _runs_since(instance: dg.DagsterInstance, at_seconds: float) -> bool:
    at = dt.datetime.fromtimestamp(at_seconds, dt.UTC)
    return bool(instance.get_run_records(dg.RunsFilter(updated_after=at), limit=1))


def _sensor(
    name: str,
    looked_at: Sequence[Stage],
    interval_seconds: int,
    what: str,
    patience: Patience,
    minds_runs: bool = False,
) -> dg.SensorDefinition:
    systems = {system for stage in looked_at for system in stage.systems}
    post = Post()

    @dg.sensor(
        name=name,
        job=converge if minds_runs else None,
        minimum_interval_seconds=interval_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            f"Looks at {what} and reports the truths that changed on their assets, without a run; "
            "all of them now and then, and whenever a run may have reported otherwise. Tells "
            "people once when one stops to hold, and once when it holds again."
            + (" Converges what is away, and tells of runs that fail." if minds_runs else "")
        ),
    )
    def look(context: dg.SensorEvaluationContext, flow: Flow, mail: Mail) -> dg.SensorResult:
        before, now_seconds = Memory.from_cursor(context.cursor), time.time()
        looked_at_seconds = before.reported.looked_at_seconds or now_seconds
        reading = flow.read(systems)
        seen = [verdict for stage in looked_at for verdict in verdicts(stage, reading)]
        runs_reported = _runs_since(context.instance, before.reported.looked_at_seconds)
        reported, after = to_report(before.reported, seen, now_seconds, runs_reported)
        given = mail.settings()
        reaction = react(before.alarms.troubles, seen, now_seconds, patience, given)
        written, failed_runs = reaction.letters, before.alarms.failed_runs
        if minds_runs:
            failures, failed_runs = new_failures(context.instance, looked_at_seconds, failed_runs)
            written += [letter(context.instance, run, given) for run in failures]
        outbox, mailed = mail.send(post, before.alarms.outbox, written, now_seconds)
        alarms_count = sum(one.alarmed is not None for one in reaction.troubles.values())
        said = f"{summary(seen, reported)}; {alarms_count} alarms{mailed}"
        return dg.SensorResult(
            run_requests=reaction.runs,
            asset_events=[*map(evaluation, reported), *reaction.observations],
            cursor=Memory(after, Alarms(dict(reaction.troubles), outbox, failed_runs)).to_cursor(),
            skip_reason=None if reaction.runs else said,
        )

    return look


chain_checks = _sensor(
    "chain_checks",
    [stage for stage in stages() if stage.name != NUMBERS],
    LOOK_SECONDS,
    "every system of the flow",
    Patience(error_looks=4, warning_looks=12, good_looks=6),
    minds_runs=True,
)
number_checks = _sensor(
    "number_checks",
    [stage for stage in stages() if stage.name == NUMBERS],
    NUMBERS_LOOK_SECONDS,
    "V2's numbers of the last business days",
    # What differs was looked at twice before it is said.
    Patience(error_looks=1, warning_looks=2, good_looks=1),
)

defs = dg.Definitions(
    sensors=[chain_checks, number_checks], resources={"mail": Mail(settings=settings)}
)
