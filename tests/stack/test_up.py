"""Decisions of `up` and `down` that need no stack."""

from __future__ import annotations

from pathlib import Path

import pytest

from settlement_platform.config import Settings
from settlement_platform.errors import StackError
from settlement_platform.stack.preflight import missing_programs, preflight
from settlement_platform.stack.stopping import remove
from settlement_platform.stack.traffic_wish import want_no_traffic, want_traffic, wanted_rate
from settlement_platform.stack.up import MOST_STARTS, down, hopeless

ABOUT = {"name": "kafka", "spawnerr": ""}


def test_a_program_that_cannot_be_started_is_not_waited_for() -> None:
    cause = hopeless({**ABOUT, "spawnerr": "can't find command 'java'"}, 0, "")
    assert cause == "kafka cannot be started: can't find command 'java'"


def test_a_program_that_keeps_dying_is_not_waited_for_and_its_last_words_are_told() -> None:
    assert hopeless(ABOUT, MOST_STARTS - 1, "x") is None
    cause = hopeless(ABOUT, MOST_STARTS, "RuntimeException: wrong node id")
    assert cause == "kafka stops as soon as it is started: RuntimeException: wrong node id"


def test_setpriv_is_missed_by_root_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing_programs(as_root=False) == []
    monkeypatch.setenv("PATH", "/nonexistent")
    assert missing_programs(as_root=False) == []
    missing = missing_programs(as_root=True)
    assert [(about.cause, "util-linux" in about.remedy) for about in missing] == [
        ("the program setpriv is missing", True)
    ]


def test_a_missing_program_stops_up_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(StackError, match="setpriv"):
        preflight(Settings(home=tmp_path), as_root=True, say=pytest.fail)
    assert list(tmp_path.iterdir()) == []


def test_stopping_what_was_never_started_says_so_and_makes_nothing(tmp_path: Path) -> None:
    said = list[str]()
    down(Settings(home=tmp_path / "home"), purge=True, say=said.append)
    assert len(said) == 1
    assert "does not exist" in said[0]
    assert not (tmp_path / "home").exists()


def test_a_folder_that_is_no_home_is_not_removed(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(StackError, match="not the home of a stack"):
        remove(tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_a_home_is_removed_with_everything_in_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "secrets").mkdir(parents=True)
    (home / "secrets" / "postgres").write_text("x")
    remove(home)
    remove(home)
    assert not home.exists()


def test_the_wish_for_traffic_is_kept_until_it_is_withdrawn(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert wanted_rate(settings) is None
    want_traffic(settings, 12.5)
    assert wanted_rate(settings) == 12.5
    want_no_traffic(settings)
    assert wanted_rate(settings) is None


@pytest.mark.parametrize("text", ["", "fast", "-1", "inf", "nan"])
def test_a_wish_without_sense_is_none(tmp_path: Path, text: str) -> None:
    settings = Settings(home=tmp_path)
    want_traffic(settings, 1)
    (tmp_path / "run" / "traffic-rate").write_text(text)
    assert wanted_rate(settings) is None
