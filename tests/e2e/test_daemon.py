"""Dagster as it runs in the stack names a part that stands: its own daemon, seen in its own UI."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from settlement_platform.config import Settings
from settlement_platform.drills.dagster_ui import DagsterUi
from settlement_platform.drills.parts import frozen

if TYPE_CHECKING:
    from conftest import WaitFor

pytestmark = pytest.mark.e2e

CANARY = "canary_passes_every_hop"
RED_BOUND_SECONDS = 15.0
GREEN_BOUND_SECONDS = 120.0
"""Of the canary alone: other truths are looked at each five minutes and have their own tests."""
CAUSES = {"flink-taskmanager": "Kafka → Flink → V2", "v2-postgres": "V2 does not answer"}


@pytest.mark.parametrize("name", CAUSES)
def test_dagster_names_a_part_that_stands_even_v2(
    stack_settings: Settings, wait_for: WaitFor, name: str
) -> None:
    ui = DagsterUi(stack_settings.dagster)
    _wait_until_the_canary_passes(ui, wait_for)
    with frozen(stack_settings, name):
        since = time.monotonic()
        wait_for(
            lambda: re.search(CAUSES[name], ui.failed_checks().get(CANARY, "")),
            f"Dagster does not say that {name} stands",
            RED_BOUND_SECONDS,
        )
        print(f"{name}: {CANARY} red after {time.monotonic() - since:.1f} s")
    _wait_until_the_canary_passes(ui, wait_for)


def _wait_until_the_canary_passes(ui: DagsterUi, wait_for: WaitFor) -> None:
    wait_for(
        lambda: CANARY not in ui.failed_checks(),
        lambda: f"{CANARY} is red: {ui.failed_checks()}",
        GREEN_BOUND_SECONDS,
    )
