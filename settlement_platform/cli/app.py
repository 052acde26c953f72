"""Every command by its name. A command's modules are imported when it is called, no sooner."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

PACKAGE = "settlement_platform.cli"
COMMANDS = {
    "demo": "demo:demo",
    "up": "stack:up",
    "down": "stack:down",
    "status": "status:status",
    "doctor": "doctor:doctor",
    "logs": "logs:logs",
    "simulate": "simulate:simulate",
    "verify": "verify:verify",
    "rebuild": "rebuild:rebuild",
    "replay": "replay:replay",
    "dead-letters": "dead_letters:dead_letters_app",
    "bench": "bench:bench_app",
    "drill": "drill:drill",
    "render": "render:render_command",
}
"""Command -> module of this package, and the function or group of commands in it."""


def _made(name: str) -> Any:
    """The command behind a name."""
    module, attribute = COMMANDS[name].split(":")
    found = getattr(import_module(f"{PACKAGE}.{module}"), attribute)
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    if isinstance(found, typer.Typer):
        alone.add_typer(found, name=name)
    else:
        alone.command(name)(found)
    group = get_group(alone)
    return group.commands[name]


class Commands(TyperGroup):
    """The commands in the order in which they are listed above."""

    def list_commands(self, _: Any) -> list[str]:
        """All names."""
        return list(COMMANDS)

    def get_command(self, _: Any, cmd_name: str) -> Any:
        """One command, None for a name that there is not."""
        return _made(cmd_name) if cmd_name in COMMANDS else None


app = typer.Typer(
    cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


@app.callback()
def settlement() -> None:
    """Real-time settlement analytics on one machine."""
