"""Up to which instant V2 is complete: said and read."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Engine, func, select
from sqlalchemy.dialects.postgresql import insert

from settlement_platform.contracts.v2 import AsOf


def publish(engine: Engine, as_of: dt.datetime) -> None:
    """Everything that the core committed before `as_of` is in. V2 never lets it go back."""
    values = {"as_of": as_of, "published_at": func.clock_timestamp()}
    statement = insert(AsOf).values(as_of_id=1, **values)
    with engine.begin() as connection:
        connection.execute(
            statement.on_conflict_do_update(index_elements=["as_of_id"], set_=values)
        )


def published(engine: Engine) -> dt.datetime | None:
    """Everything that the core committed before this is in; None when nobody said."""
    with engine.connect() as connection:
        return connection.scalar(select(AsOf.as_of))
