"""The commands."""

from __future__ import annotations

import typer
from rich.console import Console

from settlement_platform.config import settings
from settlement_platform.simulator.core_writer import apply_schema
from settlement_platform.stack import up as stack

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console(highlight=False)


@app.command()
def up(wait: bool = False) -> None:
    """Start the whole stack; repeating it changes nothing."""
    stack.up(settings(), console.print, apply_schema)


@app.command()
def down(purge: bool = False) -> None:
    """Stop the whole stack."""
    stack.down(settings(), purge, console.print)
