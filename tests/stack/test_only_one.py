"""Two commands never bring the same home up or down at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from settlement_platform.config import Settings
from settlement_platform.errors import StackError
from settlement_platform.stack.only_one import lock_path, only_one


def test_a_second_command_waits_and_then_says_who_works_on_the_home(tmp_path: Path) -> None:
    settings, told = Settings(home=tmp_path), list[str]()
    with (
        only_one(settings, told.append),
        pytest.raises(StackError, match=rf"pid {os.getpid()}\) works on"),
        only_one(settings, told.append, wait_seconds=0),
    ):
        pass
    assert told == [f"another settlement command (pid {os.getpid()})"]


def test_the_home_is_free_again_after_a_command(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    for _ in range(2):
        with only_one(settings, pytest.fail, wait_seconds=0):
            assert lock_path(settings).read_text() == str(os.getpid())


def test_a_command_may_remove_the_home_that_it_holds(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    with only_one(settings, pytest.fail, wait_seconds=0):
        lock_path(settings).unlink()
        with only_one(settings, pytest.fail, wait_seconds=0):
            assert lock_path(settings).exists()


def test_a_home_that_cannot_be_written_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(home=tmp_path / "file")
    with pytest.raises(StackError, match="cannot be written"), only_one(settings, pytest.fail):
        pass
