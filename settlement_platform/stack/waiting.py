"""Waits until data flows end to end."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

import psycopg

from settlement_platform.config import Settings
from settlement_platform.errors import StackError
from settlement_platform.monitoring.hops import Arrival, read_arrival, read_hops, standstill

FLOW_SECONDS = 120.0
PAUSE_SECONDS = 0.25


def await_flow(
    settings: Settings, say: Callable[[str], None], seconds: float = FLOW_SECONDS
) -> Arrival:
    """Wait until a canary that leaves the core from now on has arrived, and as_of is fresh.

    Says each second what it saw last. Raises StackError naming the hop that nothing passes.
    """
    began_at, deadline = dt.datetime.now(dt.UTC), time.monotonic() + seconds
    next_word_at = time.monotonic() + 1
    while time.monotonic() < deadline:
        try:
            arrival = read_arrival(settings)
            seen = str(arrival)
            if arrival.flows(began_at):
                return arrival
        except psycopg.Error as error:
            seen = f"V2 does not answer: {' '.join(str(error).split())}"
        if time.monotonic() >= next_word_at:
            next_word_at += 1
            say(seen)
        time.sleep(PAUSE_SECONDS)
    cause, remedy = standstill(read_hops(settings), began_at)
    raise StackError(f"data does not flow end to end after {seconds:.0f} s: {cause}", remedy)
