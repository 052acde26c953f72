"""CORE: the core's tables that are captured, and its consumer of events. Not ours, so external."""

from __future__ import annotations

import dagster as dg

from settlement_platform.config import CORE_DATABASE
from settlement_platform.contracts.core import CAPTURED_TABLES
from settlement_platform.contracts.scalars import CoreBase
from settlement_platform.contracts.topics import CORE_CONSUMER, CORE_CONSUMER_GROUP, EVENT_TOPICS
from settlement_platform.defs.naming import CORE, OWNERS, core_key, topic_key
from settlement_platform.defs.tables import table_metadata, table_of, what_a_row_is


def _table(model: type[CoreBase]) -> dg.AssetSpec:
    return dg.AssetSpec(
        core_key(table_of(model).name),
        description=what_a_row_is(model),
        group_name=CORE,
        owners=OWNERS,
        kinds={"postgres"},
        metadata=table_metadata(model, CORE_DATABASE),
    )


CONSUMER = dg.AssetSpec(
    core_key(CORE_CONSUMER),
    description=(
        "The core's own consumer of settlement's events: it sets `is_settled` of the payments of a "
        "batch that the bank credited. The change comes back by the connector on the core, and "
        "makes no event."
    ),
    group_name=CORE,
    owners=OWNERS,
    kinds={"kafka", "postgres"},
    deps=[topic_key(topic) for topic in EVENT_TOPICS],
    metadata={"consumer group": CORE_CONSUMER_GROUP},
)

defs = dg.Definitions(assets=[*(_table(model) for model in CAPTURED_TABLES), CONSUMER])
