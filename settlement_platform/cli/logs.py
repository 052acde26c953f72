"""`settlement logs`: one process's log."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Annotated

import typer

from settlement_platform.cli.terminal import current
from settlement_platform.stack.logs import find_log, follow, tail


def logs(
    name: Annotated[str, typer.Argument(help="A service's name, as in `settlement status`.")],
    following: Annotated[
        bool, typer.Option("-f", "--follow", help="Go on with what is written.")
    ] = False,
) -> None:
    """The last 200 lines of one process's log."""
    path = find_log(current(), name)
    last, offset = tail(path)
    # Whoever reads may leave (`| head`), or press Ctrl-C: both are ways to end this.
    with suppress(BrokenPipeError, KeyboardInterrupt):
        _write(last)
        if following:
            for text in follow(path, offset):
                _write(text)


def _write(text: str) -> None:
    if text:
        sys.stdout.write(text)
        sys.stdout.flush()
