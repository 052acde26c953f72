"""Fixtures of the simulator's tests."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from settlement_platform.simulator.answer_key import AnswerKey

COLUMNS = (
    "transaction_date", "merchant_id", "payment_method",
    "attempted_count", "attempted_paise", "captured_count", "captured_paise",
    "settled_count", "settled_paise", "failed_count", "failed_paise",
)  # fmt: skip


@pytest.fixture
def key_in_core(core_dsn: str) -> Callable[[str], AnswerKey]:
    """The answer key as SQL counts it over the core's payments whose id begins with a prefix."""
    query = (Path(__file__).parent / "answer_key.sql").read_bytes()

    def count(prefix: str) -> AnswerKey:
        with psycopg.connect(core_dsn) as connection:
            rows = connection.execute(query, {"prefix": prefix}).fetchall()
        entries = [dict(zip(COLUMNS, (str(row[0]), *row[1:]), strict=True)) for row in rows]
        return AnswerKey.from_json(json.dumps(entries))

    return count
