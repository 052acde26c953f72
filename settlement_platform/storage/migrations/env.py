"""Alembic's environment: one connection, one transaction, the contract as target."""

from __future__ import annotations

from alembic import context
from sqlalchemy import NullPool, create_engine

import settlement_platform.contracts.batches
import settlement_platform.contracts.closes
import settlement_platform.contracts.records
import settlement_platform.contracts.settlement
import settlement_platform.contracts.tiles
import settlement_platform.contracts.v2  # noqa: F401 - declares the tables on Base
from settlement_platform.contracts.scalars import Base

url = context.config.get_main_option("sqlalchemy.url")
assert url is not None
with create_engine(url, poolclass=NullPool).connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
