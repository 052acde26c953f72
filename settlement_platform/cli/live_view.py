"""The demo's live view: services, lag, as_of, and what comes in each second."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass

import httpx
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from settlement_platform.cli.status import as_of_line, flow_table, services_table
from settlement_platform.cli.terminal import PLAIN_PROGRESS_SECONDS, out
from settlement_platform.config import Settings
from settlement_platform.errors import SettlementError
from settlement_platform.stack.status import status
from settlement_platform.stack.status_parts import Status

REFRESH_SECONDS = 1.0
KPI_TIMEOUT_SECONDS = 2.0


@dataclass(frozen=True)
class Kpis:
    """Payments captured and settled in the tiles' window, and when they were read (monotonic)."""

    captured: int
    settled: int
    read_seconds: float


@dataclass(frozen=True)
class Pace:
    """Payments captured and settled a second, between two readings."""

    captured: float
    settled: float


def pace(before: Kpis | None, now: Kpis | None) -> Pace | None:
    """What came in a second; None where one of the readings is missing."""
    if before is None or now is None or now.read_seconds <= before.read_seconds:
        return None
    seconds = now.read_seconds - before.read_seconds
    return Pace(
        (now.captured - before.captured) / seconds, (now.settled - before.settled) / seconds
    )


def read_kpis(settings: Settings) -> Kpis | None:
    """The tiles' counts from the API; None when it does not answer, or not to us."""
    try:
        answer = httpx.get(f"{settings.api}/analytics/kpis", timeout=KPI_TIMEOUT_SECONDS)
        found = answer.raise_for_status().json()
        return Kpis(found["captured"]["count"], found["settled"]["count"], time.monotonic())
    except (httpx.HTTPError, ValueError, KeyError):
        return None


def addresses(settings: Settings) -> Table:
    """Where to look."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, address in (
        ("dashboard", f"{settings.api}/"),
        ("Dashboard", f"{settings.api}/"),
        ("API docs", f"{settings.api}/docs"),
        ("Dagster UI", settings.dagster),
        ("Flink UI", settings.flink),
    ):
        table.add_row(name, address)
    return table


def kpi_line(kpis: Kpis | None, speed: Pace | None) -> Text:
    """Captured and settled, and what comes in a second."""
    if kpis is None:
        return Text("captured and settled: the API does not answer", style="red")
    moving = "" if speed is None else f"   {speed.captured:+.1f}/s and {speed.settled:+.1f}/s"
    return Text(f"captured {kpis.captured:,}, settled {kpis.settled:,}{moving}")


def view(
    settings: Settings, found: Status, kpis: Kpis | None, speed: Pace | None, now: dt.datetime
) -> RenderableType:
    """The whole view; what a low terminal cuts off comes last."""
    return Group(
        addresses(settings),
        Text("Ctrl-C stops everything", style="dim"),
        "",
        as_of_line(found.as_of, now),
        kpi_line(kpis, speed),
        "",
        flow_table(found.connectors, found.jobs),
        "",
        services_table(found.services),
    )


def _is_down(found: Status) -> bool:
    return all(service.pid is None for service in found.services)


def watch(settings: Settings) -> None:
    """Show the view until somebody presses Ctrl-C.

    Raises SettlementError when the stack was stopped from elsewhere.
    """
    before, told_seconds = None, 0.0
    with Live(console=out, auto_refresh=False, transient=True) as live:
        while True:
            found, kpis, now = status(settings), read_kpis(settings), dt.datetime.now(dt.UTC)
            if _is_down(found):
                raise SettlementError(
                    "the stack was stopped while the demo watched it", "run 'settlement demo' again"
                )
            speed = pace(before, kpis)
            before = kpis
            if out.is_terminal:
                live.update(view(settings, found, kpis, speed, now), refresh=True)
            elif time.monotonic() - told_seconds >= PLAIN_PROGRESS_SECONDS:
                told_seconds = time.monotonic()
                line = Text("  ").join([as_of_line(found.as_of, now), kpi_line(kpis, speed)])
                out.print(line)
            time.sleep(REFRESH_SECONDS)
