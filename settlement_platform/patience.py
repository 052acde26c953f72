"""How long, and how often, what may be repeated is asked for again."""

from __future__ import annotations

from collections.abc import Callable

from tenacity import Retrying, retry_if_exception, stop_before_delay, wait_exponential

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
PATIENCE_SECONDS = 20.0
"""Longer than a restart of one of the servers takes."""


def patient(passes: Callable[[BaseException], bool], seconds: float) -> Retrying:
    """Calls a function again while it fails with what passes, then lets the failure through.

    No call begins once so many seconds have passed since the first; with none there is one call.
    """
    return Retrying(
        retry=retry_if_exception(passes),
        stop=stop_before_delay(seconds),
        wait=wait_exponential(FIRST_PAUSE_SECONDS, max=LONGEST_PAUSE_SECONDS),
        reraise=True,
    )


def asked(patience: Retrying) -> str:
    """How often was asked, to be said after a cause; nothing of a single time."""
    times = patience.statistics["attempt_number"]
    return f" (asked {times} times)" if times > 1 else ""
