"""The signal by which the connector reads some payments and their answers again. Pure.

An incremental snapshot of Debezium, restricted to keys: it goes on beside the stream, and a row
that changes meanwhile comes as that change alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from settlement_platform.contracts.core import PaymentGatewayResponse, TransactionToSettle
from settlement_platform.contracts.topics import CORE_SCHEMA

READ_AGAIN = "execute-snapshot"
KEYS_A_SIGNAL = 1_000
"""No more than the connector reads at once, so that each signal is one short reading by key."""

_TABLES = (TransactionToSettle, PaymentGatewayResponse)


def _literal(text: str) -> str:
    """Text as a literal of SQL; the core may not use escapes in plain ones."""
    return "'" + text.replace("'", "''") + "'"


def read_again(txn_ids: Sequence[str]) -> str:
    """The signal's data: these payments and their answers, whatever else the tables hold."""
    wanted = f"txn_id IN ({', '.join(map(_literal, txn_ids))})"
    names = [f"{CORE_SCHEMA}.{table.__tablename__}" for table in _TABLES]
    return json.dumps(
        {
            "type": "incremental",
            "data-collections": [name.replace(".", "\\.") for name in names],
            "additional-conditions": [
                {"data-collection": name, "filter": wanted} for name in names
            ],
        }
    )
