"""`settlement doctor`: named checks, each with its cause and remedy."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from settlement_platform.cli.terminal import current, out, print_json
from settlement_platform.monitoring.checks import Check
from settlement_platform.stack.doctor import doctor as examine


def line(check: Check, width: int) -> Text:
    """One check: that it holds and what was seen, or its cause and its remedy."""
    if check.ok:
        return Text.assemble(("✓ ", "green"), f"{check.name:{width}}  ", (check.detail, "dim"))
    return Text.assemble(
        ("✗ ", "red"),
        (f"{check.name:{width}}  ", "bold"),
        f"{check.cause}\n",
        f"  {'':{width}}  fix: {check.remedy}",
    )


def lines(checks: list[Check]) -> list[Text]:
    """Every check, and how many do not hold."""
    width = max(len(check.name) for check in checks)
    failed = sum(not check.ok for check in checks)
    total = f"{len(checks)} checks, {failed} failed" if failed else f"{len(checks)} checks hold"
    return [*(line(check, width) for check in checks), Text(total, "red" if failed else "green")]


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check machine, home and stack; non-zero exit if a check fails."""
    found = examine(current())
    ok = all(check.ok for check in found)
    if as_json:
        print_json({"ok": ok, "checks": [check.to_json() for check in found]})
    else:
        for text in lines(found):
            out.print(text)
    if not ok:
        raise typer.Exit(1)
