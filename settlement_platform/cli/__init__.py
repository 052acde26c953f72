"""The `settlement` command: parses, calls one function, prints."""

from __future__ import annotations

import sys

from settlement_platform.cli.commands import app
from settlement_platform.errors import SettlementError

__all__ = ["app", "main"]


def main() -> None:
    """Run the command; an error that a person reads is one line of cause and one of remedy."""
    try:
        app()
    except SettlementError as error:
        print(f"error: {error.cause}\n  fix: {error.remedy}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None
