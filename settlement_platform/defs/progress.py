"""What takes long tells the run's log where it stands, at a pace that a person can read."""

from __future__ import annotations

import re
import time

from settlement_platform.proof.telling import Tell

LOG_SECONDS = 3.0
FIGURES = re.compile(r"[\d.,:]*\d")


def without_figures(text: str) -> str:
    """What was said, whatever its figures are. Pure."""
    return FIGURES.sub("#", text)


def paced(tell: Tell, pause_seconds: float = LOG_SECONDS) -> Tell:
    """The same listener, told each step at once, and its new figures once in so many seconds."""
    told_at: dict[str, float] = {}

    def listen(text: str) -> None:
        step, now = without_figures(text), time.monotonic()
        if step not in told_at or now - told_at[step] >= pause_seconds:
            told_at[step] = now
            tell(text)

    return listen
