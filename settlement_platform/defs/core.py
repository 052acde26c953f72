"""CORE: the tables of the core system that are captured. Not ours, so external."""

from __future__ import annotations

import dagster as dg

from settlement_platform.config import CORE_DATABASE
from settlement_platform.contracts.core import CAPTURED_TABLES
from settlement_platform.contracts.scalars import CoreBase
from settlement_platform.defs.naming import CORE, OWNERS, core_key
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


defs = dg.Definitions(assets=[_table(model) for model in CAPTURED_TABLES])
