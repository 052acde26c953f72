"""The `settlement` command: parses, calls one function, prints."""

from __future__ import annotations

import errno
import sys

from settlement_platform.errors import SettlementError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}


def for_people(error: SettlementError | OSError) -> SettlementError | None:
    """An error as a person reads it; None for one that needs its trace."""
    if isinstance(error, SettlementError):
        return error
    if error.errno in FULL:
        where = f" {error.filename}" if error.filename else ""
        return SettlementError(
            f"cannot write{where}: {error.strerror}",
            "free some space, or set SETTLEMENT_HOME to a folder on another disk",
        )
    return None


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
    except (SettlementError, OSError) as error:
        told = for_people(error)
        if told is None:
            raise
        print(f"error: {told.cause}\nfix: {told.remedy}", file=sys.stderr)
        raise SystemExit(told.exit_code) from None
