"""The `settlement` command as a whole: its commands, and how it speaks of errors."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from settlement_platform import cli
from settlement_platform.cli.app import COMMANDS, app
from settlement_platform.cli.terminal import current
from settlement_platform.config import settings
from settlement_platform.errors import SettlementError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own, in which nothing was ever started."""
    monkeypatch.setenv("SETTLEMENT_HOME", str(tmp_path))
    monkeypatch.setenv("SETTLEMENT_PORT_BASE", "7300")
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def run_main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    """The exit code of the command line."""
    monkeypatch.setattr("sys.argv", ["settlement", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does(name: str) -> None:
    result = CliRunner().invoke(app, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert re.search(rf"Usage: \w+ {name}\b", result.output)


def test_every_command_is_listed() -> None:
    listed = CliRunner().invoke(app, ["--help"]).output
    assert [name for name in COMMANDS if f" {name} " not in listed] == []


def test_an_unknown_command_is_refused() -> None:
    result = CliRunner().invoke(app, ["destroy"])
    assert result.exit_code == 2
    assert "destroy" in result.output


def test_an_error_is_one_line_of_cause_and_one_of_remedy(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "logs").mkdir()
    (home / "logs" / "kafka.log").touch()
    assert run_main(monkeypatch, "logs", "nope") == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "error: there is no log named 'nope'\nfix: take one of: kafka\n"


def test_a_full_disk_is_told_without_a_trace() -> None:
    told = cli.for_people(OSError(errno.ENOSPC, "No space left on device", "/home/s/x"))
    assert told is not None
    assert told.cause == "cannot write /home/s/x: No space left on device"
    assert "SETTLEMENT_HOME" in told.remedy


def test_any_other_error_keeps_its_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli.for_people(OSError(errno.EPIPE, "Broken pipe")) is None
    monkeypatch.setattr("sys.argv", ["settlement", "status"])
    monkeypatch.setattr("settlement_platform.cli.status.read_status", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        cli.main()


def test_status_of_a_home_where_nothing_runs_is_an_answer() -> None:
    result = CliRunner().invoke(app, ["status"])
    assert result.exit_code == 0
    assert "core-postgres" in result.output
    assert "stopped" in result.output


def test_doctor_fails_once_where_the_stack_is_down() -> None:
    result = CliRunner().invoke(app, ["doctor", "--json"])
    assert result.exit_code == 1
    assert result.output.count("the stack is down") == 2  # as detail, and as cause


@pytest.mark.parametrize(
    ("variable", "value", "cause"),
    [
        ("SETTLEMENT_PORT_BASE", "many", "SETTLEMENT_PORT_BASE: Input should be a valid integer"),
        ("SETTLEMENT_PORT_BASE", "65530", "leads to ports 65531 to"),
        ("SETTLEMENT_PORT_BASE", "1", "leads to ports 2 to"),
    ],
)
def test_a_variable_without_sense_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, cause: str
) -> None:
    monkeypatch.setenv(variable, value)
    settings.cache_clear()
    with pytest.raises(SettlementError, match=cause):
        current()


def test_a_date_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_main(monkeypatch, "verify", "--date", "yesterday") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("simulate", "--rate", "0", "--seconds", "1"),
        ("simulate", "--rate", "1", "--seconds", "1", "--seed", "-1"),
        ("simulate", "--rate", "1"),
        ("demo", "--rate", "-1"),
    ],
)
def test_numbers_without_sense_are_refused(arguments: tuple[str, ...]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 2
