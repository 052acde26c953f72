"""The merchants by identity, a page at a time; searched by a part of identity or name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, or_, select

from settlement_platform.contracts.v2 import MerchantMaster
from settlement_platform.metrics.freshness import freshness_columns
from settlement_platform.metrics.reading import as_rows

SHOWN = (
    MerchantMaster.merchant_id,
    MerchantMaster.merchant_name,
    MerchantMaster.settlement_cycle_days,
    MerchantMaster.rolling_reserve_bps,
    MerchantMaster.updated_at,
    MerchantMaster.deleted_at,
)


def merchants_statement(search: str, after: str, limit: int) -> Select[*tuple[Any, ...]]:
    """One row: a page of merchants with one more than `limit`, so that the end shows."""
    found = select(*SHOWN).where(MerchantMaster.merchant_id > after)
    if search:
        sought = func.lower(search)
        found = found.where(
            or_(
                func.strpos(func.lower(MerchantMaster.merchant_id), sought) > 0,
                func.strpos(func.lower(MerchantMaster.merchant_name), sought) > 0,
            )
        )
    page = found.order_by(MerchantMaster.merchant_id).limit(limit + 1)
    return select(*freshness_columns(), as_rows(page, "merchants"))
