"""How many findings wait for somebody."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, any_, case, exists, func, literal, or_, select

from settlement_platform.contracts.anomalies import AnomalyMute
from settlement_platform.contracts.v2 import Anomaly, JobDeployment
from settlement_platform.metrics.cohort import MERCHANTS, Shape

JOB = "anomaly_detection"
"""The Flink job that finds them."""
IS_MUTED = and_(
    AnomalyMute.rule == Anomaly.rule,
    AnomalyMute.subject == Anomaly.subject,
    AnomalyMute.muted_until > func.now(),
)


def anomalies_open(shape: Shape) -> ColumnElement[Any]:
    """How many findings hold and wait for somebody; NULL while nothing looks for any, and of the
    past. One of no single merchant counts for every merchant."""
    waits = [Anomaly.holds, Anomaly.state == "OPEN", ~exists().where(IS_MUTED)]
    if shape.merchants:
        waits.append(or_(Anomaly.merchant_id == any_(MERCHANTS), Anomaly.merchant_id.is_(None)))
    count = select(func.count()).select_from(Anomaly).where(*waits).scalar_subquery()
    looks = exists().where(JobDeployment.job_name == JOB, JobDeployment.flink_job_id.is_not(None))
    known = and_(looks, literal(not shape.past))
    return case((known, count)).label("anomalies_open")
