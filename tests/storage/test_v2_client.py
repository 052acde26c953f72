"""V2's client reads, refuses to write, and says what to do."""

from __future__ import annotations

import re

import pytest

from settlement_platform.config import Settings
from settlement_platform.errors import StorageError
from settlement_platform.storage.v2_client import V2Client


def test_rows_come_by_column_and_in_utc(databases: Settings) -> None:
    found = V2Client(databases.v2_dsn).rows(
        "SELECT %(n)s::int AS n, current_setting('timezone') AS zone", {"n": 7}
    )
    assert found == [{"n": 7, "zone": "UTC"}]


@pytest.mark.parametrize("statement", ["DELETE FROM sp_v2_as_of", "SELECT nothing", "SELECT 1 / 0"])
def test_what_v2_refuses_is_asked_once_and_named(databases: Settings, statement: str) -> None:
    with pytest.raises(StorageError) as told:
        V2Client(databases.v2_owner_dsn).rows(statement)
    assert f"(in: {statement} …)" in told.value.cause
    assert (told.value.remedy, "asked" in told.value.cause) == ("mend the statement", False)


def test_a_v2_that_is_away_is_asked_again_within_a_bound() -> None:
    nowhere = "postgresql://nobody:nothing@127.0.0.1:9/v2"
    with pytest.raises(StorageError) as told:
        V2Client(nowhere, patience_seconds=0.5).rows("SELECT 1")
    assert "V2 does not answer" in told.value.cause
    assert re.search(r"\(asked [23] times\)$", told.value.cause)
    assert "settlement logs v2-postgres" in told.value.remedy
