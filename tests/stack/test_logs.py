"""The log of one program."""

from __future__ import annotations

from pathlib import Path

import pytest

from settlement_platform.config import Settings
from settlement_platform.errors import StackError
from settlement_platform.stack.logs import find_log, follow, last_words, tail, telling


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The log of kafka, empty."""
    path = tmp_path / "logs" / "kafka.log"
    path.parent.mkdir()
    path.touch()
    return path


def test_the_last_lines_of_a_long_log_are_read(log: Path) -> None:
    log.write_text("".join(f"line {n} ₹\n" for n in range(20_000)))
    text, end = tail(log, 3)
    assert text == "line 19997 ₹\nline 19998 ₹\nline 19999 ₹\n"
    assert end == log.stat().st_size


def test_a_short_log_is_read_whole(log: Path) -> None:
    assert tail(log) == ("", 0)
    log.write_text("one\ntwo")
    assert tail(log)[0] == "one\ntwo"


def test_an_unknown_name_lists_the_names_that_there_are(log: Path, tmp_path: Path) -> None:
    (log.parent / "api.log").touch()
    assert find_log(Settings(home=tmp_path), "kafka") == log
    with pytest.raises(StackError, match="no log named 'nope'") as caught:
        find_log(Settings(home=tmp_path), "nope")
    assert caught.value.remedy == "take one of: api, kafka"


def test_a_name_is_never_a_way_out_of_the_logs(log: Path, tmp_path: Path) -> None:
    (tmp_path / "other.log").touch()
    with pytest.raises(StackError):
        find_log(Settings(home=tmp_path), "../other")
    assert log.exists()


def test_a_home_without_logs_says_so(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="there are no logs"):
        find_log(Settings(home=tmp_path), "kafka")


def test_following_goes_on_through_rotation_and_truncation(log: Path) -> None:
    log.write_text("old\n")
    coming = follow(log, log.stat().st_size, pause_seconds=0)
    assert next(coming) == ""
    with log.open("a") as file:
        file.write("new\n")
    assert next(coming) == "new\n"
    with log.open("a") as file:
        file.write("last\n")
    log.rename(log.with_suffix(".log.1"))
    log.write_text("first\n")
    assert [next(coming), next(coming)] == ["last\n", "first\n"]
    log.write_text("x\n")
    assert next(coming) == "x\n"


def test_why_a_program_ended_is_not_a_line_that_only_says_where(log: Path) -> None:
    trace = [
        "INFO starting",
        "java.lang.RuntimeException: Stored node id 9",
        "\tat kafka.server.KafkaRaftServer$.initializeLogDirs(KafkaRaftServer.scala:189)",
        "\tat kafka.Kafka.main(Kafka.scala)",
        "",
    ]
    assert telling(trace) == "java.lang.RuntimeException: Stored node id 9"
    assert telling(["INFO one", "INFO two", ""]) == "INFO two"
    assert last_words(log) == last_words(log.with_name("absent.log")) == "it has written no log"
