"""`settlement dead-letters`: records that could not be applied, put back after a fix."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from settlement_platform.cli.terminal import current, out, print_json, steps
from settlement_platform.repair.dead_letters import replay_letters

dead_letters_app = typer.Typer(
    no_args_is_help=True, help="Records that could not be applied: put them back after a fix."
)


@dead_letters_app.callback()
def dead_letters() -> None:
    """Records that could not be applied."""


@dead_letters_app.command()
def replay(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Put every open dead letter back on its topic, in order; what still cannot be applied comes
    back as a new one."""
    settings = current()
    with steps(Console(stderr=True, highlight=False)) as told:
        put = replay_letters(settings, told.progress)
    if as_json:
        print_json({"replayed": put.total(), "by_reason": dict(put)})
        return
    for reason, count in put.most_common():
        out.print(f"{count:>7,}  {reason}", highlight=False)
    out.print(f"{put.total():,} dead letters replayed; 'settlement verify' tells what they changed")
