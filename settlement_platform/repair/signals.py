"""The signal by which the connector reads some rows of the core again, by key. Pure.

An incremental snapshot of Debezium, restricted to keys: it goes on beside the stream, and a row
that changes meanwhile comes as that change alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from settlement_platform.contracts.core import (
    MerchantData,
    PaymentGatewayResponse,
    TransactionToSettle,
)
from settlement_platform.contracts.scalars import CoreBase
from settlement_platform.contracts.topics import CORE_SCHEMA

READ_AGAIN = "execute-snapshot"
KEYS_A_SIGNAL = 250
"""So few that live changes wait for one reading by key no longer than half a second: of a thousand
they waited for more than one."""

PAYMENTS: tuple[type[CoreBase], ...] = (TransactionToSettle, PaymentGatewayResponse)
"""A payment is read again with its answer."""
MERCHANTS: tuple[type[CoreBase], ...] = (MerchantData,)


def _literal(text: str) -> str:
    """Text as a literal of SQL; the core may not use escapes in plain ones."""
    return "'" + text.replace("'", "''") + "'"


def read_again(keys: Sequence[str], tables: tuple[type[CoreBase], ...] = PAYMENTS) -> str:
    """The signal's data: the rows of these keys, whatever else the tables hold."""
    [key] = tables[0].__table__.primary_key
    wanted = f"{key.name} IN ({', '.join(map(_literal, keys))})"
    names = [f"{CORE_SCHEMA}.{table.__tablename__}" for table in tables]
    return json.dumps(
        {
            "type": "incremental",
            "data-collections": [name.replace(".", "\\.") for name in names],
            "additional-conditions": [
                {"data-collection": name, "filter": wanted} for name in names
            ],
        }
    )
