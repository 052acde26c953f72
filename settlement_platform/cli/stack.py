"""`settlement up` and `settlement down`."""

from __future__ import annotations

from typing import Annotated

import typer

from settlement_platform.cli.terminal import current, steps
from settlement_platform.simulator.core_writer import apply_schema
from settlement_platform.stack import up as stack
from settlement_platform.stack.waiting import await_flow


def up(
    wait: Annotated[
        bool,
        typer.Option("--wait", help="Return when data flows end to end, or say what does not."),
    ] = False,
) -> None:
    """Start the whole stack; repeating it changes nothing."""
    settings = current()
    with steps() as told:
        stack.up(settings, told.say, apply_schema, told.waiting)
        if wait:
            arrival = await_flow(settings, told.progress)
            told.done(f"data flows end to end: {arrival}")


def down(
    purge: Annotated[
        bool, typer.Option("--purge", help="Remove SETTLEMENT_HOME with all its data as well.")
    ] = False,
) -> None:
    """Stop the whole stack; repeating it changes nothing."""
    settings = current()
    with steps() as told:
        stack.down(settings, purge, told.say)
