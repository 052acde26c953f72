"""`settlement drill`: breaks one thing on purpose, and reports how it went."""

from __future__ import annotations

import signal
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from settlement_platform.cli.terminal import current, out, print_json, steps
from settlement_platform.drills.catalog import DRILLS, Drill
from settlement_platform.drills.report import render
from settlement_platform.drills.runner import run
from settlement_platform.errors import SettlementError

LIST, ALL = "list", "all"


def chosen(name: str) -> list[Drill]:
    """The drills of a name. Raises SettlementError for one that there is not."""
    if name == ALL:
        return list(DRILLS.values())
    if name not in DRILLS:
        raise SettlementError(f"there is no drill '{name}'", "see 'settlement drill list'")
    return [DRILLS[name]]


def listing() -> str:
    """Every drill, and what it breaks."""
    width = max(map(len, DRILLS))
    return "\n".join(f"{drill.name:{width}}  {drill.breaks}" for drill in DRILLS.values())


def drill(
    name: Annotated[str, typer.Argument(help="A drill's name, 'all', or 'list'.")],
    minutes: Annotated[
        float, typer.Option(min=0.1, max=60, help="How long Dagster is away in its drill.")
    ] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Break one thing of the local stack on purpose; exits zero only if all went as it should."""
    if name == LIST:
        if as_json:
            print_json(
                [
                    {"name": d.name, "breaks": d.breaks, "runbook": d.runbook}
                    for d in DRILLS.values()
                ]
            )
        else:
            out.print(listing())
        return
    settings, wanted, reports = current(), chosen(name), []
    # Being terminated is an end like any other: what was frozen or renamed is put back.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    # Progress goes to the error output, so that the report can be piped.
    with steps(Console(stderr=True, highlight=False)) as told:
        for one in wanted:
            reports.append(run(settings, one, minutes, told.progress, told.done))
    ok = all(report.ok for report in reports)
    if as_json:
        print_json({"ok": ok, "drills": [report.to_json() for report in reports]})
    else:
        for report in reports:
            out.print(Text(render(report)))
    if not ok:
        raise typer.Exit(1)
