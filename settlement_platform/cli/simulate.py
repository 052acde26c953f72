"""`settlement simulate`: traffic into the core, with its answer key."""

from __future__ import annotations

import secrets
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from settlement_platform.cli.answer_keys import save, totals_table, traffic_path
from settlement_platform.cli.terminal import current, out, steps
from settlement_platform.simulator.traffic_runner import TrafficProgress, run_traffic

SEEDS = 2**31


def random_seed() -> int:
    """A seed that the core has hardly had before: a seed plays once a core."""
    return secrets.randbelow(SEEDS)


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C or TERM sets, so that a run ends with its answer key written."""
    stop = threading.Event()
    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in signals}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def progress_line(progress: TrafficProgress, seconds: float) -> str:
    """Where a run stands."""
    rate = progress.commits / max(progress.seconds, 1.0)
    return (
        f"{progress.seconds:.0f} of {seconds:.0f} s: {progress.commits:,} commits, {rate:,.0f}/s, "
        f"{progress.waiting} waiting, {progress.errors} repeated"
    )


def simulate(
    rate: Annotated[float, typer.Option(min=0.01, help="Operations a second.")],
    seconds: Annotated[float, typer.Option(min=0.1, help="How long.")],
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="The same seed gives the same traffic. It plays once a core."),
    ] = None,
) -> None:
    """Play payments, gateway answers, settlements and merchant changes into the core."""
    settings = current()
    seed = random_seed() if seed is None else seed
    with steps() as told, stopped_by_signals() as stop:
        told.waiting(f"traffic of seed {seed} to begin")
        report = run_traffic(
            settings.core_dsn,
            rate,
            seconds,
            seed,
            stop=stop,
            on_tick=lambda progress: told.progress(progress_line(progress, seconds)),
        )
    path = traffic_path(settings, seed)
    save(report.answer_key, path)
    out.print(
        f"seed {seed}: {report.commits:,} commits in {report.seconds:.1f} s "
        f"({report.commits / max(report.seconds, 0.001):,.0f}/s), {report.errors} repeated, "
        f"{report.missed} missed, {report.dropped} dropped"
    )
    out.print(totals_table(report.answer_key))
    out.print(f"answer key: {path}")
