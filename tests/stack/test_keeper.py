"""The keeper's first aid for failed connector tasks, and that no duty ever ends."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from settlement_platform.config import Settings
from settlement_platform.stack.keeper import (
    CONNECTOR_CHECK_SECONDS,
    LONGEST_WAIT_SECONDS,
    RECOVERED_SECONDS,
    FirstAid,
    keep_on,
)

NOWHERE_PORT_BASE = 7300


def restarts(failed: list[bool]) -> list[float]:
    """When tasks are restarted that fail or not at each look."""
    aid, found = FirstAid(), []
    for number, is_failed in enumerate(failed):
        now = 1000.0 + number * CONNECTOR_CHECK_SECONDS
        aid = aid.seen(is_failed, now)
        if is_failed and aid.is_due(now):
            aid = FirstAid(aid.times + 1, now)
            found.append(now - 1000.0)
    return found


def test_failed_tasks_are_restarted_at_once_and_then_ever_more_rarely() -> None:
    at = restarts([True] * 200)
    waits = [after - before for before, after in pairwise(at)]
    assert at[0] == 0
    assert waits[:2] == [2 * CONNECTOR_CHECK_SECONDS, 4 * CONNECTOR_CHECK_SECONDS]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT_SECONDS


def test_tasks_that_run_only_for_a_moment_have_not_recovered() -> None:
    assert len(restarts([True, False] * 100)) < 20


def test_tasks_that_ran_for_a_while_are_helped_at_once_again() -> None:
    looks = int(RECOVERED_SECONDS / CONNECTOR_CHECK_SECONDS) + 1
    found = restarts([True, *[False] * looks, True])
    assert len(found) == 2
    assert restarts([False] * 10) == []


def test_a_duty_whose_tool_hangs_begins_again(tmp_path: Path) -> None:
    begun = []

    def duty(_: Settings) -> None:
        begun.append(1)
        if len(begun) > 1:
            raise SystemExit
        hangs = "import threading; threading.Event().wait(60)"
        subprocess.run([sys.executable, "-c", hangs], timeout=0.1, check=False)

    with pytest.raises(SystemExit):
        keep_on(duty, Settings(home=tmp_path, port_base=NOWHERE_PORT_BASE))
    assert len(begun) == 2
