"""What commands show to a person."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from rich.console import Console, RenderableType

from settlement_platform.cli.answer_keys import rupees, save, totals_table, traffic_path
from settlement_platform.cli.doctor import lines
from settlement_platform.cli.live_view import Kpis, Pace, kpi_line, pace, read_kpis, view
from settlement_platform.cli.simulate import progress_line
from settlement_platform.cli.status import (
    age_text,
    as_of_line,
    render,
    state_text,
    without_password,
)
from settlement_platform.cli.terminal import Steps, steps
from settlement_platform.config import Settings
from settlement_platform.monitoring.checks import fails, holds
from settlement_platform.monitoring.streaming import JobStatus
from settlement_platform.simulator.answer_key import AnswerKey
from settlement_platform.simulator.rows import Transaction
from settlement_platform.simulator.traffic_runner import TrafficProgress
from settlement_platform.stack.status_parts import ConnectorStatus, ServiceStatus, Status

NOW = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
MIB = 2**20
STATUS = Status(
    services=[
        ServiceStatus("kafka", "running", 10, 5103, 300 * MIB, 2),
        ServiceStatus("keeper", "backoff", None, None, 0, 7),
    ],
    endpoints={"core_dsn": "postgresql://core_app:s3cret@127.0.0.1:5101/core", "v2_dsn": None},
    connectors=[ConnectorStatus("sabpaisa-core", "RUNNING", 0.4)],
    jobs=[JobStatus("cube", "RESTARTING", None)],
    as_of=NOW - dt.timedelta(seconds=12.3),
)


def shown(what: RenderableType) -> str:
    """The text on a screen that is wide enough."""
    console = Console(width=160, record=True, file=None, quiet=True)
    with console.capture() as captured:
        console.quiet = False
        console.print(what)
    return captured.get()


def test_the_status_screen_has_every_part() -> None:
    text = shown(render(STATUS, NOW))
    for part in ("kafka", "running", "5103", "300 MiB", "backoff", "sabpaisa-core", "RESTARTING"):
        assert part in text
    assert "newest change is 0.4 s old" in text
    assert "checkpoint is — old" in text
    assert "as of 2026-01-01 11:59:47 UTC, 12.3 s ago" in text


def test_no_password_is_shown() -> None:
    assert "s3cret" not in shown(render(STATUS, NOW))
    assert without_password("postgresql://a:b%2Fc@h:1/d") == "postgresql://a:***@h:1/d"
    assert without_password("http://127.0.0.1:5107") == "http://127.0.0.1:5107"


def test_states_and_ages_are_coloured_by_what_they_mean() -> None:
    assert state_text("running").style == state_text("RUNNING").style == "green"
    assert state_text("starting").style == "yellow"
    assert state_text("fatal").style == state_text("unreachable").style == "red"
    assert (age_text(1).style, age_text(11).style, age_text(None).style) == ("green", "red", "red")
    assert as_of_line(None, NOW).plain == "as of not known"


def test_the_doctor_shows_causes_and_remedies_and_counts() -> None:
    text = "\n".join(line.plain for line in lines([holds("a", "fine"), fails("b", "why", "how")]))
    assert text == "✓ a  fine\n✗ b  why\n     fix: how\n2 checks, 1 failed"
    assert lines([holds("a", "fine")])[-1].plain == "1 checks hold"


def test_a_step_is_one_line_however_long() -> None:
    console = Console(width=20, force_terminal=False)
    with console.capture() as captured, steps(console) as told:
        told.say("  8.5 s  kafka is ready, and this goes on for longer than the line")
        told.waiting("nobody")
    expected = "✓   8.5 s  kafka is ready, and this goes on for longer than the line\n"
    assert captured.get() == expected


def test_what_is_waited_for_is_told_where_a_line_cannot_overwrite_itself() -> None:
    console = Console(width=80, force_terminal=False)
    told = Steps(console, None, plain_seconds=0)
    with console.capture() as captured:
        told.tick()
        told.waiting("kafka")
        told.tick()
        told.progress("5 of 7")
        told.tick()
        told.waiting("")
        told.tick()
    assert captured.get() == "  waiting for kafka (0 s)\n  5 of 7\n"


def test_what_comes_in_is_counted_a_second() -> None:
    assert pace(Kpis(100, 50, 10.0), Kpis(120, 45, 12.0)) == Pace(10.0, -2.5)
    assert pace(None, Kpis(1, 1, 1.0)) is None
    assert pace(Kpis(1, 1, 1.0), None) is None
    assert kpi_line(Kpis(1200, 50, 1), Pace(10, -2.5)).plain == (
        "captured 1,200, settled 50   +10.0/s and -2.5/s"
    )
    assert "does not answer" in kpi_line(None, None).plain


def test_an_api_that_is_away_is_no_error(tmp_path: Path) -> None:
    assert read_kpis(Settings(home=tmp_path, port_base=7300)) is None


def test_the_live_view_begins_with_what_a_low_terminal_must_not_cut_off(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, port_base=7300)
    text = shown(view(settings, STATUS, None, None, NOW))
    assert text.index("http://127.0.0.1:7307/docs") < text.index("Ctrl-C") < text.index("as of")
    assert text.index("as of") < text.index("sabpaisa-core") < text.index("kafka")


def test_progress_of_traffic_is_one_line() -> None:
    progress = TrafficProgress(seconds=4.0, commits=2_000, errors=1, waiting=3)
    expected = "4 of 15 s: 2,000 commits, 500/s, 3 waiting, 1 repeated"
    assert progress_line(progress, 15) == expected


def test_money_is_shown_in_rupees_to_the_paisa() -> None:
    assert rupees(123_456_789) == "₹1,234,567.89"
    assert (rupees(5), rupees(-105)) == ("₹0.05", "-₹1.05")


def test_an_answer_key_is_saved_whole_and_shown_in_total(tmp_path: Path) -> None:
    row = Transaction("T", "M", 12_345, "UPI", NOW.date(), "1", "SUCCESS", NOW, NOW)
    path = traffic_path(Settings(home=tmp_path), 7)
    for key in (AnswerKey(), AnswerKey([row])):
        save(key, path)
        assert AnswerKey.load(path) == key
    assert [file.name for file in path.parent.iterdir()] == ["traffic-7.json"]
    text = shown(totals_table(AnswerKey([row])))
    assert text.split()[3:6] == ["attempted", "1", "₹123.45"]
