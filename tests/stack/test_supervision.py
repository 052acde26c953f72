"""supervisord is started, asked and stopped; one that says nothing holds nobody for long."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from settlement_platform.config import Settings
from settlement_platform.errors import StackError
from settlement_platform.stack import supervision
from settlement_platform.stack.supervision import Supervisor, socket_path


def given(tmp_path: Path) -> Settings:
    found = Settings(home=tmp_path)
    for name in ("run", "logs"):
        (found.state_dir / name).mkdir(parents=True)
    return found


def test_a_supervisord_without_programs_runs_until_it_is_shut_down(tmp_path: Path) -> None:
    supervisor = Supervisor(given(tmp_path))
    assert not supervisor.running()
    supervisor.start([])
    try:
        assert supervisor.running()
        assert supervisor.processes() == []
    finally:
        supervisor.shutdown()
    assert not supervisor.running()


def test_one_that_says_nothing_is_an_error_and_not_an_absence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "ANSWER_SECONDS", 0.2)
    wanted = given(tmp_path)
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(socket_path(wanted)))
        mute.listen()
        try:
            with pytest.raises(StackError, match="says nothing for 0 s"):
                Supervisor(wanted).running()
        finally:
            socket_path(wanted).unlink()
