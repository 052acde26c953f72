"""Drills on the real stack: each is noticed by name, and ends green and equal to the core by what
the runbook says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from settlement_platform.config import Settings
from settlement_platform.drills.catalog import DRILLS
from settlement_platform.drills.runner import run

pytestmark = pytest.mark.e2e

RUNBOOK = (Path(__file__).parents[2] / "docs" / "runbook.md").read_text()
EXPECTED = {
    "slot-dropped": ["slot_is_active"],
    "records-expired": ["transaction_enrichment_finds_its_records"],
    "table-truncated": ["core_has_the_rows_of_v2"],
    "column-renamed": ["core_columns_are_the_contract", "no_dead_letter_is_open"],
    "column-retyped": ["core_columns_are_the_contract", "no_dead_letter_is_open"],
    "column-added": ["core_has_no_new_columns"],
    "dagster-away": ["replica_identity_is_full"],
}
AWAY_MINUTES = 0.3


def entry(title: str) -> str:
    """One entry of the runbook."""
    found = re.search(rf"\n## {title}\n(.*?)(?=\n## |\Z)", RUNBOOK, re.DOTALL)
    assert found is not None
    return found[1]


# A table is taken out of V2 while the core is small. What leaves dead letters and a topic without
# its past comes after those who count the one and read the other.
EARLY = {"slot-dropped", "table-truncated"}
TURNS = [pytest.param(n, marks=pytest.mark.turn(-1 if n in EARLY else 1)) for n in EXPECTED]


@pytest.fixture
def left_as_found(stack_settings: Settings) -> Iterator[None]:
    """The payments of a drill are deleted again: others count what the core has."""
    yield
    with psycopg.connect(stack_settings.core_dsn, autocommit=True) as core:
        core.execute("DELETE FROM transactions_to_settle WHERE merchant_code = 'DRILL'")


@pytest.mark.usefixtures("left_as_found")
@pytest.mark.parametrize("name", TURNS)
def test_a_drill_is_noticed_and_ends_equal(stack_settings: Settings, name: str) -> None:
    report = run(stack_settings, DRILLS[name], AWAY_MINUTES, print, print)
    assert report.failure is None
    assert report.ok
    assert [one.check for one in report.noticed] == EXPECTED[name]
    followed = entry(DRILLS[name].runbook)
    commands = {
        match[0] for did in report.did if (match := re.match(r"settlement (up|replay)", did))
    }
    unsaid = {command for command in commands if command not in followed}
    assert not unsaid, f"the runbook's entry '{DRILLS[name].runbook}' lacks {unsaid}"
