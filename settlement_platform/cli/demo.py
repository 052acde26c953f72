"""`settlement demo`: the whole platform at work, with history and live traffic."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, NoReturn

import typer

from settlement_platform.cli.answer_keys import history_path, save
from settlement_platform.cli.live_view import addresses, watch
from settlement_platform.cli.terminal import bar, current, out, steps
from settlement_platform.config import Settings
from settlement_platform.simulator.core_writer import (
    apply_schema,
    history_is_loaded,
    load_history,
)
from settlement_platform.stack import up as stack
from settlement_platform.stack.catching_up import await_caught_up
from settlement_platform.stack.programs import TRAFFIC
from settlement_platform.stack.supervision import Supervisor
from settlement_platform.stack.traffic_wish import want_traffic

HISTORY_SEED = 7
HISTORY_TRANSACTIONS = 200_000
HISTORY_DAYS = 90
RATE = 20.0


@contextmanager
def _term_is_ctrl_c() -> Iterator[None]:
    """Whoever ends the demo with TERM means the same as with Ctrl-C."""

    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _load_history(settings: Settings) -> None:
    """The seeded past, once a core."""
    path = history_path(settings)
    if history_is_loaded(settings.core_dsn, HISTORY_SEED):
        if not path.exists():
            out.print(
                "! the history is incomplete: an earlier demo was stopped while it was loaded; "
                "'settlement down --purge' begins anew"
            )
        return
    with bar("history into the core", HISTORY_TRANSACTIONS) as progress:
        key = load_history(
            settings.core_dsn,
            HISTORY_SEED,
            HISTORY_TRANSACTIONS,
            HISTORY_DAYS,
            on_progress=progress,
        )
    save(key, path)


def bring_about(settings: Settings, rate: float) -> None:
    """Stack up, history in V2, traffic flowing. Repeating it changes nothing but the rate."""
    began = time.monotonic()
    want_traffic(settings, rate)
    with steps() as told:
        stack.up(settings, told.say, apply_schema, told.waiting)
    _load_history(settings)
    with bar("history in V2", HISTORY_TRANSACTIONS) as progress:
        rows = await_caught_up(settings, progress)
    Supervisor(settings).start_program(TRAFFIC)
    with steps() as told:
        seconds = time.monotonic() - began
        told.say(f"{seconds:5.1f} s  V2 has all {rows:,} transactions of the core")
        told.say(f"{seconds:5.1f} s  live traffic: {rate:g} operations a second")


def demo(
    rate: Annotated[
        float, typer.Option(min=0.01, help="Operations of live traffic a second.")
    ] = RATE,
    detach: Annotated[
        bool, typer.Option("--detach", help="Print the addresses and return; all goes on.")
    ] = False,
) -> None:
    """Start everything, load 90 days of history, play live traffic, and watch it."""
    settings = current()
    try:
        with _term_is_ctrl_c():
            bring_about(settings, rate)
            if detach:
                out.print(addresses(settings))
                return
            watch(settings)
    except KeyboardInterrupt:
        out.print("stopping everything")
        with steps() as told:
            stack.down(settings, purge=False, say=told.say)
