"""What people decide about findings: seen to, done with, or not to be told of for a while."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from psycopg.rows import dict_row

from settlement_platform.errors import SettlementError
from settlement_platform.settlement.books.ledger import audit, sql
from settlement_platform.storage.writing import Connection

ANOMALY = "anomaly"
"""The subject of what is done to a finding."""


class Decision(StrEnum):
    """What somebody can do with a finding."""

    ACKNOWLEDGE = "acknowledge"
    CLOSE = "close"


BECOMES = {Decision.ACKNOWLEDGE: "ACKNOWLEDGED", Decision.CLOSE: "CLOSED"}


class UnknownAnomalyError(SettlementError):
    """There is no such finding."""

    def __init__(self, anomaly_id: uuid.UUID) -> None:
        super().__init__(f"there is no anomaly {anomaly_id}", "look it up with GET /anomalies")


class ClosedAnomalyError(SettlementError):
    """A finding that is done with cannot be seen to."""

    def __init__(self, anomaly_id: uuid.UUID) -> None:
        super().__init__(
            f"anomaly {anomaly_id} is CLOSED", "it opens again by itself when it is raised again"
        )


def _locked(v2: Connection, anomaly_id: uuid.UUID) -> dict[str, Any]:
    with v2.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(sql("anomaly"), [anomaly_id]).fetchone()
    if row is None:
        raise UnknownAnomalyError(anomaly_id)
    return row


def decide(
    v2: Connection, anomaly_id: uuid.UUID, decision: Decision, actor: str, note: str
) -> dict[str, Any]:
    """Acknowledge or close a finding, in the caller's transaction; what it is after it.

    What was decided already changes nothing. Raises UnknownAnomalyError and ClosedAnomalyError.
    """
    row, state = _locked(v2, anomaly_id), BECOMES[decision]
    if row["state"] == state:
        return row
    if row["state"] == "CLOSED":
        raise ClosedAnomalyError(anomaly_id)
    values = {"anomaly_id": anomaly_id, "state": state, "actor": actor, "note": note}
    v2.execute(sql("decide_anomaly"), values)
    said = {"rule": row["rule"], "about": row["subject"], "note": note}
    audit(v2, actor, decision.value, (ANOMALY, anomaly_id), **said)
    return _locked(v2, anomaly_id)


def mute(
    v2: Connection, anomaly_id: uuid.UUID, until: dt.datetime, actor: str, why: str
) -> dict[str, Any]:
    """Hear no more of a finding's rule about its subject before `until`; the finding.

    A later one counts again as soon as that has passed. Raises UnknownAnomalyError.
    """
    row = _locked(v2, anomaly_id)
    values = {"rule": row["rule"], "subject": row["subject"], "until": until, "actor": actor}
    v2.execute(sql("mute_anomaly"), values | {"why": why})
    said = {"rule": row["rule"], "about": row["subject"], "until": until.isoformat(), "note": why}
    audit(v2, actor, "mute", (ANOMALY, anomaly_id), **said)
    return _locked(v2, anomaly_id)
