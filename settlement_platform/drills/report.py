"""What a drill saw: what was noticed and when, what was done, how it ended. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Figure = int | float | str


@dataclass(frozen=True)
class Noticed:
    """A check that turned red, why, and how many seconds after the thing was broken."""

    check: str
    cause: str
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """The notice as `settlement drill --json` prints it."""
        return {"check": self.check, "cause": self.cause, "seconds": round(self.seconds, 1)}


@dataclass
class Report:
    """One drill. `did`: what was broken and what was done about it, in order.

    `green_seconds`: when every check held again, counted from the breaking. `unequal`: rows that
    are missing, extra and different at the end; None where it did not come so far. `failure`: why
    it is not as it should be.
    """

    drill: str
    did: list[str] = field(default_factory=list)
    noticed: list[Noticed] = field(default_factory=list)
    green_seconds: float | None = None
    unequal: tuple[int, int, int] | None = None
    compared: int = 0
    figures: dict[str, Figure] = field(default_factory=dict)
    seconds: float = 0.0
    failure: str | None = None

    @property
    def ok(self) -> bool:
        """It was noticed as it should be, is green again, and V2 equals the core."""
        return self.failure is None and self.unequal == (0, 0, 0)

    def to_json(self) -> dict[str, Any]:
        """The report as `settlement drill --json` prints it."""
        names = ("missing", "extra", "different")
        unequal = None if self.unequal is None else dict(zip(names, self.unequal, strict=True))
        return {
            "drill": self.drill,
            "ok": self.ok,
            "failure": self.failure,
            "did": self.did,
            "noticed": [one.to_json() for one in self.noticed],
            "green_seconds": None if self.green_seconds is None else round(self.green_seconds, 1),
            "verify": None if unequal is None else {**unequal, "compared": self.compared},
            "figures": self.figures,
            "seconds": round(self.seconds, 1),
        }


def render(report: Report) -> str:
    """A report as a person reads it."""
    lines = [f"{report.drill}: {'as it should be' if report.ok else 'NOT AS IT SHOULD BE'}"]
    if report.failure is not None:
        lines.append(f"  failed: {report.failure}")
    lines += [
        f"  noticed after {one.seconds:.1f} s: {one.check}: {one.cause}" for one in report.noticed
    ]
    lines += [f"  {name}: {value}" for name, value in report.figures.items()]
    if report.green_seconds is not None:
        lines.append(f"  green again {report.green_seconds:.1f} s after it broke")
    if report.unequal is not None:
        missing, extra, different = report.unequal
        lines.append(
            f"  verify: {report.compared:,} rows, {missing} missing, {extra} extra, "
            f"{different} different"
        )
    return "\n".join(lines)
