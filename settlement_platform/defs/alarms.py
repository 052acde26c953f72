"""What follows from a look at the flow: alarms that begin and end, and what is tried by itself.

Decided in `monitoring`; here it meets Dagster: each step is an observation of the asset that it is
about, a try is a run of the job `converge`, and a letter links to Dagster's pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from settlement_platform.capture.connectors import CORE_CONNECTOR, OUTBOX_CONNECTOR, V2_CONNECTOR
from settlement_platform.config import Settings
from settlement_platform.defs.checks import (
    CONNECTOR_TRUTHS,
    OUTBOX_CONNECTOR_TRUTHS,
    SLOT_TRUTHS,
    V2_CONNECTOR_TRUTHS,
    Verdict,
)
from settlement_platform.defs.converge import converge
from settlement_platform.defs.naming import CAPTURE, STREAMING, connector_key, job_key
from settlement_platform.monitoring.alarms import (
    Letter,
    News,
    announce,
    gave_up,
    letters,
    tried,
)
from settlement_platform.monitoring.healing import (
    CONNECTOR_STATES,
    JOB_STATES,
    SLOT_STATES,
    Try,
    heal,
    is_healable,
)
from settlement_platform.monitoring.outbox import Outbox
from settlement_platform.monitoring.streaming import job_truths
from settlement_platform.monitoring.troubles import Patience, Trouble, Troubles, follow
from settlement_platform.streaming.jobs import job_specs

HEALING_TAG = "healing"
RUNBOOK = "docs/runbook.md#a-check-is-red"


@dataclass(frozen=True)
class Alarms:
    """The part of a sensor's cursor that alarms and healing need."""

    troubles: dict[str, Trouble] = field(default_factory=dict)
    outbox: Outbox = field(default_factory=Outbox)
    failed_runs: tuple[str, ...] = ()
    """Failed runs that were told already, of the last minutes."""


@dataclass(frozen=True)
class Reaction:
    """What follows from one look."""

    troubles: Troubles
    letters: list[Letter]
    observations: list[dg.AssetObservation]
    runs: list[dg.RunRequest]


def healed_states() -> dict[str, frozenset[str]]:
    """Truth -> the states of its asset in which converging it may help."""
    connectors = {
        dg.AssetCheckKey(connector_key(connector), name).to_user_string(): CONNECTOR_STATES
        for connector, truths in (
            (CORE_CONNECTOR, CONNECTOR_TRUTHS),
            (V2_CONNECTOR, V2_CONNECTOR_TRUTHS),
            (OUTBOX_CONNECTOR, OUTBOX_CONNECTOR_TRUTHS),
        )
        for name in truths
    }
    jobs = {
        dg.AssetCheckKey(job_key(name), job_truths(name)[0]).to_user_string(): JOB_STATES
        for name in job_specs()
    }
    slot = {
        dg.AssetCheckKey(connector_key(CORE_CONNECTOR), name).to_user_string(): SLOT_STATES
        for name in SLOT_TRUTHS
    }
    return {**connectors, **slot, **jobs}


def react(
    before: Troubles,
    seen: Sequence[Verdict],
    now_seconds: float,
    patience: Patience,
    settings: Settings,
) -> Reaction:
    """What one look at the flow leads to. Pure."""
    by_truth = {verdict.key.to_user_string(): verdict for verdict in seen}
    checks = {truth: verdict.check for truth, verdict in by_truth.items()}
    healable = {
        truth: is_healable(checks[truth], states)
        for truth, states in healed_states().items()
        if truth in checks
    }
    troubles, over = follow(before, checks, now_seconds, patience)
    tried_troubles, tries = heal(troubles, healable, now_seconds)
    after, news = announce(tried_troubles, over, patience)
    news += gave_up(before, after)
    assets = {truth: verdict.asset for truth, verdict in by_truth.items()}
    return Reaction(
        after,
        letters(news, lambda truth: _links(by_truth[truth], settings), now_seconds),
        [
            *(_tried(assets[one.truth], one, after[one.truth]) for one in tries),
            *(_told(assets[one.truth], one) for one in news if one.truth in assets),
        ],
        [_run(assets[one.truth], one) for one in tries],
    )


def _run(asset: dg.AssetKey, wanted: Try) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=wanted.key,
        job_name=converge.name,
        asset_selection=[asset],
        tags={HEALING_TAG: wanted.truth, f"{HEALING_TAG}/try": str(wanted)},
    )


def _tried(asset: dg.AssetKey, wanted: Try, trouble: Trouble) -> dg.AssetObservation:
    return _observation(
        asset,
        f"healing: converge, try {wanted}",
        {"step": "converge", "try": str(wanted), "result": "requested", "cause": trouble.cause},
    )


def _told(asset: dg.AssetKey, news: News) -> dg.AssetObservation:
    trouble = news.trouble
    return _observation(
        asset,
        f"{news.truth} {news.what}",
        {
            "alarm": news.truth,
            "result": news.what,
            "severity": trouble.severity,
            "since": dg.MetadataValue.timestamp(trouble.since_seconds),
            "cause": trouble.cause,
            "tried": tried(trouble),
        },
    )


def _observation(
    asset: dg.AssetKey, description: str, metadata: dict[str, Any]
) -> dg.AssetObservation:
    return dg.AssetObservation(asset, description=description, metadata=metadata)


def _links(verdict: Verdict, settings: Settings) -> list[str]:
    """Where to look: the check in Dagster, the system itself, the runbook."""
    path = "/".join(verdict.asset.path)
    system = {
        CAPTURE: f"{settings.connect}/connectors/{CORE_CONNECTOR}/status",
        STREAMING: f"{settings.flink}/#/overview",
    }.get(verdict.asset.path[0])
    check = f"{settings.dagster}/assets/{path}?view=checks&checkDetail={verdict.check.name}"
    return [check, *([system] if system else []), RUNBOOK]
