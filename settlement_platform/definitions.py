"""Dagster's entry point: the stages' definitions, in flow order. Nothing is defined here."""

from __future__ import annotations

import dagster as dg

from settlement_platform.defs import (
    activity,
    capture,
    checks,
    closes,
    closing,
    converge,
    core,
    dead_letters,
    deployed,
    freshness,
    proven,
    rebuild,
    reporting,
    settlement,
    streaming,
    v2,
)

defs = dg.Definitions.merge(
    core.defs,
    capture.defs,
    streaming.defs,
    v2.defs,
    closes.defs,
    proven.defs,
    settlement.defs,
    checks.defs,
    reporting.defs,
    freshness.defs,
    deployed.defs,
    dead_letters.defs,
    activity.defs,
    closing.defs,
    converge.defs,
    rebuild.defs,
)
