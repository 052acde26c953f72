"""Every drill has a place in the docs, and an entry of the runbook to follow."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from settlement_platform.cli.app import app
from settlement_platform.cli.drill import chosen
from settlement_platform.drills.catalog import DRILLS, Drill
from settlement_platform.errors import SettlementError

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("drill", DRILLS.values(), ids=list(DRILLS))
def test_a_drill_is_on_its_page_and_follows_an_entry_of_the_runbook(drill: Drill) -> None:
    assert f"`{drill.name}`" in (DOCS / "drills.md").read_text()
    assert f"\n## {drill.runbook}\n" in (DOCS / "runbook.md").read_text()


def test_the_drills_are_listed() -> None:
    text = CliRunner().invoke(app, ["drill", "list"]).output
    listed = json.loads(CliRunner().invoke(app, ["drill", "list", "--json"]).output)
    assert [one["name"] for one in listed] == list(DRILLS)
    assert all(f"{drill.name} " in text and drill.breaks in text for drill in DRILLS.values())


def test_all_are_every_drill_and_another_name_is_refused() -> None:
    assert chosen("all") == list(DRILLS.values())
    assert chosen("slot-lost") == [DRILLS["slot-lost"]]
    with pytest.raises(SettlementError, match="there is no drill 'slot'"):
        chosen("slot")
