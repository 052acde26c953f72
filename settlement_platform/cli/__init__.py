"""The `settlement` command: parses, calls one function, prints."""

from __future__ import annotations

import sys

from settlement_platform.errors import SettlementError


def main() -> None:
    """Run the command.

    An error that a person reads is one line of cause and one of remedy; any other keeps its trace.
    """
    # Imported here: the programs that live in this package need none of the commands.
    from settlement_platform.cli.app import app  # noqa: PLC0415

    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows no ✓ shows a question mark, and no trace.
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    try:
        app()
    except SettlementError as error:
        print(f"error: {error.cause}\nfix: {error.remedy}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None
