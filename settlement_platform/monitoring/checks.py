"""What a check says: one truth that has to hold, and whether it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Figure = int | float | str
Severity = Literal["error", "warning"]
"""What a check that fails costs: `error` when numbers are or will be wrong or stand still."""


@dataclass(frozen=True)
class Check:
    """One truth that has to hold, named after it.

    `detail` is what was seen, `measured` the same as figures, each named with its unit last. One
    that does not hold has a cause and a remedy, and its severity counts.
    """

    name: str
    ok: bool
    detail: str
    cause: str | None = None
    remedy: str | None = None
    severity: Severity = "error"
    measured: dict[str, Figure] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The check as `settlement doctor --json` prints it."""
        return asdict(self)


def holds(name: str, detail: str, /, **measured: Figure) -> Check:
    """A check whose truth holds."""
    return Check(name, ok=True, detail=detail, measured=measured)


def fails(
    name: str, cause: str, remedy: str, severity: Severity = "error", /, **measured: Figure
) -> Check:
    """A check whose truth does not hold."""
    return Check(name, False, cause, cause, remedy, severity, measured)


def read_logs_of(name: str) -> str:
    """The remedy that begins with reading."""
    return f"read 'settlement logs {name}'"


def complete(names: Sequence[str], found: list[Check]) -> list[Check]:
    """One check a name, in order: what was not looked at fails, with what stood in the way.

    Checks come in the order in which they look, so that is the last one that failed.
    """
    seen = {check.name: check for check in found}
    in_the_way = next((check for check in reversed(found) if not check.ok), None)

    def unseen(name: str) -> Check:
        if in_the_way is None:
            return fails(name, "nobody looked at it", read_logs_of("dagster-code"))
        cause = f"it cannot be told: {in_the_way.name} fails: {in_the_way.cause}"
        return fails(name, cause, str(in_the_way.remedy), in_the_way.severity)

    return [seen.get(name) or unseen(name) for name in names]
