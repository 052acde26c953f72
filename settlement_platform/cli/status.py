"""`settlement status`: what runs, where, and how fresh."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from settlement_platform.capture.connectors import CORE_CONNECTOR
from settlement_platform.cli.terminal import current, out, print_json
from settlement_platform.monitoring.streaming import JobStatus
from settlement_platform.stack.status import status as read_status
from settlement_platform.stack.status_parts import ConnectorStatus, ServiceStatus, Status

MIB = 2**20
GOOD = {"running", "RUNNING"}
PASSING = {"starting", "stopping", "CREATED", "INITIALIZING", "RESTARTING", "UNASSIGNED"}
OLD_SECONDS = 10.0


def state_text(state: str) -> Text:
    """A state in its colour: it is well, it passes, or it is not well."""
    colour = "green" if state in GOOD else "yellow" if state in PASSING else "red"
    return Text(state, style=colour)


def age_text(age_seconds: float | None) -> Text:
    """An age in seconds, red where it is more than it should be."""
    if age_seconds is None:
        return Text("—", style="red")
    return Text(f"{age_seconds:.1f} s", style="red" if age_seconds > OLD_SECONDS else "green")


def services_table(services: list[ServiceStatus]) -> Table:
    """Every program, and their memory together."""
    table = Table(title="services", title_justify="left", box=None, pad_edge=False)
    for column in ("name", "state"):
        table.add_column(column)
    for column in ("pid", "port", "memory", "restarts"):
        table.add_column(column, justify="right")
    for service in services:
        table.add_row(
            service.name,
            state_text(service.state),
            "" if service.pid is None else str(service.pid),
            "" if service.port is None else str(service.port),
            f"{service.rss_bytes / MIB:,.0f} MiB" if service.rss_bytes else "",
            Text(str(service.restarts), style="yellow" if service.restarts else ""),
        )
    total = sum(service.rss_bytes for service in services)
    table.add_row("", "", "", "", f"{total / MIB:,.0f} MiB", "", style="bold")
    return table


def flow_table(connectors: list[ConnectorStatus], jobs: list[JobStatus]) -> Table:
    """What moves the data: connectors with their lag, jobs with the age of their checkpoint."""
    table = Table(title="connectors and jobs", title_justify="left", box=None, pad_edge=False)
    for column in ("name", "state", ""):
        table.add_column(column)
    for connector in connectors:
        lag = Text()
        if connector.name == CORE_CONNECTOR:
            lag = Text.assemble("newest change is ", age_text(connector.lag_seconds), " old")
        table.add_row(connector.name, state_text(connector.state), lag)
    for job in jobs:
        age = Text.assemble("checkpoint is ", age_text(job.checkpoint_age_seconds), " old")
        table.add_row(job.name, state_text(job.state), age)
    return table


def as_of_line(as_of: dt.datetime | None, now: dt.datetime) -> Text:
    """Up to which instant V2 is complete."""
    if as_of is None:
        return Text.assemble("as of ", ("not known", "red"))
    age = age_text((now - as_of).total_seconds())
    stamp = f"{as_of.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
    return Text.assemble("as of ", stamp, ", ", age, " ago")


def without_password(address: str | None) -> str:
    """An address for a screen."""
    return "—" if address is None else re.sub(r"(://[^:/@]+):[^@]+@", r"\1:***@", address)


def endpoints_table(endpoints: dict[str, str | None]) -> Table:
    """Every address, passwords left out."""
    title = "endpoints (passwords: settlement status --json)"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, show_header=False)
    for name, address in endpoints.items():
        table.add_row(name, without_password(address))
    return table


def render(found: Status, now: dt.datetime) -> RenderableType:
    """The status as a person reads it."""
    return Group(
        services_table(found.services),
        "",
        flow_table(found.connectors, found.jobs),
        "",
        as_of_line(found.as_of, now),
        "",
        endpoints_table(found.endpoints),
    )


def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """What runs, where, and how fresh; works with anything stopped."""
    found = read_status(current())
    if as_json:
        print_json(found.to_json())
    else:
        out.print(render(found, dt.datetime.now(dt.UTC)))
