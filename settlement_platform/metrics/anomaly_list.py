"""Findings, the newest first, a page at a time."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import aliased

from settlement_platform.contracts.anomalies import AnomalyMute
from settlement_platform.contracts.v2 import Anomaly
from settlement_platform.metrics.anomalies_open import IS_MUTED
from settlement_platform.metrics.freshness import freshness_columns
from settlement_platform.metrics.reading import as_rows

SHOWN = (
    Anomaly.anomaly_id,
    Anomaly.rule,
    Anomaly.subject,
    Anomaly.merchant_id,
    Anomaly.window_start_at,
    Anomaly.window_end_at,
    Anomaly.holds,
    Anomaly.unit,
    Anomaly.observed,
    Anomaly.expected,
    Anomaly.score,
    Anomaly.evidence,
    Anomaly.state,
    Anomaly.raised_at,
    Anomaly.withdrawn_at,
    Anomaly.decided_at,
    Anomaly.decided_by,
    Anomaly.note,
    Anomaly.source_committed_at,
)


def _findings() -> Select[*tuple[Any, ...]]:
    return select(*SHOWN, AnomalyMute.muted_until).outerjoin(AnomalyMute, IS_MUTED)


def anomalies_statement(
    rules: Sequence[str],
    states: Sequence[str],
    merchant_ids: Sequence[str],
    holds: bool | None,
    after: uuid.UUID | None,
    limit: int,
) -> Select[*tuple[Any, ...]]:
    """One row: a page of findings with one more than `limit`, so that the end shows.

    None, and nothing of something, are all of them. `after`: the last finding of the page before.
    """
    page = _findings()
    for column, wanted in (
        (Anomaly.rule, rules),
        (Anomaly.state, states),
        (Anomaly.merchant_id, merchant_ids),
    ):
        if wanted:
            page = page.where(column.in_(wanted))
    if holds is not None:
        page = page.where(Anomaly.holds.is_(holds))
    if after is not None:
        last = aliased(Anomaly)
        place = select(last.raised_at, last.anomaly_id).where(last.anomaly_id == after)
        page = page.where(tuple_(Anomaly.raised_at, Anomaly.anomaly_id) < place.scalar_subquery())
    page = page.order_by(Anomaly.raised_at.desc(), Anomaly.anomaly_id.desc()).limit(limit + 1)
    return select(*freshness_columns(), as_rows(page, "page"))


def anomaly_statement(anomaly_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    """One row: one finding, or none."""
    page = _findings().where(Anomaly.anomaly_id == anomaly_id)
    return select(*freshness_columns(), as_rows(page, "page"))
