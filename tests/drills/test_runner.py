"""Where a drill does not begin."""

from __future__ import annotations

from pathlib import Path

import pytest

from settlement_platform.config import Settings
from settlement_platform.drills.catalog import DRILLS
from settlement_platform.drills.runner import run
from settlement_platform.errors import DrillError


def refused(settings: Settings) -> str:
    """Why this drill does not begin."""
    with pytest.raises(DrillError) as error:
        run(settings, DRILLS["slot-dropped"], 1, print, print)
    return error.value.cause


def test_nothing_but_the_local_stack_is_broken(tmp_path: Path) -> None:
    elsewhere = Settings(home=tmp_path, core_dsn_override="postgresql://core.example/core")
    assert "core_dsn_override leads elsewhere" in refused(elsewhere)


def test_a_stack_that_is_down_is_not_broken(tmp_path: Path) -> None:
    assert refused(Settings(home=tmp_path)) == "the stack is down"
    assert list(tmp_path.iterdir()) == []
