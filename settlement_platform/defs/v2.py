"""V2: the tables that the stream fills, and what of V2 reaches it.

External: Flink, V2's own triggers and the keeper write them.
"""

from __future__ import annotations

import datetime as dt

import dagster as dg

from settlement_platform.config import V2_DATABASE
from settlement_platform.contracts.records import OutboxEvent
from settlement_platform.contracts.scalars import Base
from settlement_platform.contracts.tiles import DERIVED_TABLES
from settlement_platform.contracts.topics import V2_CAPTURED_TABLES
from settlement_platform.contracts.v2 import (
    STREAMED_TABLES,
    Anomaly,
    AsOf,
    Transaction,
    TransactionHistory,
)
from settlement_platform.defs.naming import OWNERS, V2, job_key, settlement_key, v2_key
from settlement_platform.defs.tables import table_metadata, table_of, what_a_row_is
from settlement_platform.streaming.jobs import job_specs, told_by_as_of

STREAMS = dg.FreshnessPolicy.time_window(
    warn_window=dt.timedelta(minutes=2), fail_window=dt.timedelta(minutes=3)
)
"""A table that moves is reported each minute and a half."""


def writers(table: str) -> list[dg.AssetKey]:
    """The Flink jobs with an INSERT into a table; a streamed table has exactly one."""
    return [job_key(spec.name) for spec in job_specs().values() if table in spec.inserts]


def _table(
    model: type[Base], deps: list[dg.AssetKey], fresh: dg.FreshnessPolicy | None = STREAMS
) -> dg.AssetSpec:
    return dg.AssetSpec(
        v2_key(table_of(model).name),
        description=what_a_row_is(model),
        group_name=V2,
        owners=OWNERS,
        kinds={"postgres"},
        deps=deps,
        metadata=table_metadata(model, V2_DATABASE),
        freshness_policy=fresh,
    )


def tables() -> list[dg.AssetSpec]:
    """Every table that goes into the stream or follows from it, in flow order."""
    # Without what they follow from: batches are made of transactions, and that would be a circle.
    captured = [_table(model, [], fresh=None) for model in V2_CAPTURED_TABLES]
    # No finding for days is good news: the checks of its job say whether anybody looks.
    streamed = [
        _table(model, writers(table_of(model).name), None if model is Anomaly else STREAMS)
        for model in STREAMED_TABLES
    ]
    kept: tuple[type[Base], ...] = (TransactionHistory, *DERIVED_TABLES)
    derived = [_table(model, [v2_key(table_of(Transaction).name)]) for model in kept]
    # How far the jobs that payments come by have committed, taken together.
    as_of = _table(AsOf, [job_key(spec.name) for spec in told_by_as_of()])
    outbox = _table(OutboxEvent, [settlement_key("batches")], fresh=None)
    return [*captured, *streamed, *derived, as_of, outbox]


defs = dg.Definitions(assets=tables())
