"""`settlement replay`: compares business dates with the core, repairs what differs, proves it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from settlement_platform.cli.terminal import current, out, print_json, steps
from settlement_platform.cli.verify import business_date
from settlement_platform.errors import SettlementError
from settlement_platform.repair import replay as library
from settlement_platform.repair.outcome import render_outcome, render_plan

HOW = "give --date YYYY-MM-DD, or --from YYYY-MM-DD --to YYYY-MM-DD"


def replay(
    date: Annotated[str | None, typer.Option(help="One business date: YYYY-MM-DD.")] = None,
    first: Annotated[
        str | None, typer.Option("--from", help="The first of several dates: YYYY-MM-DD.")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", help="The last of several dates: YYYY-MM-DD.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be repaired.")
    ] = False,
    remove_most: Annotated[
        bool, typer.Option("--remove-most", help="Allow to remove most of a date from V2.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make business dates of V2 equal to the core again; exits zero only if they are proven."""
    if (date is None) == (first is None and last is None):
        raise SettlementError("it is not clear which dates are meant", HOW)
    if date is not None:
        first = last = date
    if first is None or last is None:
        raise SettlementError("a range has two ends", HOW)
    dates = library.dates_between(business_date(first), business_date(last))
    settings = current()
    with steps(Console(stderr=True, highlight=False)) as told:
        if dry_run:
            found, _ = library.look(settings, dates, told.progress)
        else:
            outcome = library.replay(settings, dates, told.progress, remove_most)
    if dry_run:
        if as_json:
            print_json({"equal": found.is_equal, "days": [d.to_json() for d in found.differing]})
        else:
            out.print(Text(render_plan(found)))
        return
    if as_json:
        print_json(outcome.to_json())
    else:
        out.print(Text(render_outcome(outcome)))
    library.prove(outcome)
