"""`settlement verify`: whether V2 equals the core, row by row."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from settlement_platform.cli.terminal import current, out, print_json, steps
from settlement_platform.errors import SettlementError
from settlement_platform.proof import verify as proof
from settlement_platform.proof.verify_verdict import render
from settlement_platform.streaming.cut_off import cut_off_seconds


def business_date(text: str) -> dt.date:
    """A date on the command line. Raises SettlementError."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise SettlementError(
            f"'{text}' is not a date", "write it as YYYY-MM-DD, for example 2026-01-31"
        ) from None


def verify(
    date: Annotated[
        str | None, typer.Option(help="Compare one business date only: YYYY-MM-DD.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compare V2 with the core row by row; exits zero only if they are equal."""
    settings = current()
    day = None if date is None else business_date(date)
    # Progress goes to the error output, so that the verdict can be piped.
    with steps(Console(stderr=True, highlight=False)) as told:
        verdict = proof.verify(
            settings.core_dsn,
            settings.v2_dsn,
            day,
            on_progress=told.progress,
            cut_off_seconds=cut_off_seconds(),
        )
    if as_json:
        print_json(verdict.to_json())
    else:
        out.print(Text(render(verdict)))
    if not verdict.ok:
        raise typer.Exit(1)
