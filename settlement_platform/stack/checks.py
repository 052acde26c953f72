"""What a check of `settlement doctor` says."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One truth that has to hold, named after it.

    `detail` is what was seen. One that does not hold has a cause and a remedy.
    """

    name: str
    ok: bool
    detail: str
    cause: str | None = None
    remedy: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The check as `settlement doctor --json` prints it."""
        return asdict(self)


def holds(name: str, detail: str) -> Check:
    """A check whose truth holds."""
    return Check(name, ok=True, detail=detail)


def fails(name: str, cause: str, remedy: str) -> Check:
    """A check whose truth does not hold."""
    return Check(name, ok=False, detail=cause, cause=cause, remedy=remedy)


def read_logs_of(name: str) -> str:
    """The remedy that begins with reading."""
    return f"read 'settlement logs {name}'"
