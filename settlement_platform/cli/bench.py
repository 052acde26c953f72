"""`settlement bench`: the platform's figures on this machine."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from settlement_platform.config import settings
from settlement_platform.proof.bench_latency import LatencyReport, LatencyWanted, bench_latency
from settlement_platform.proof.bench_replay import ROWS, ReplayReport, bench_replay
from settlement_platform.proof.telling import Tell

PLAIN_PROGRESS_SECONDS = 5.0
"""Where progress cannot overwrite itself, a line so often."""

bench_app = typer.Typer(no_args_is_help=True, help="Measure the running stack on this machine.")
console = Console(highlight=False)

Json = Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")]


@contextmanager
def progress() -> Iterator[Tell]:
    """Tells what is going on, on the error output, so that the report can be piped."""
    # Being terminated is an end like any other: what was made for the benchmark is taken away.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    errors = Console(stderr=True, highlight=False)
    if errors.is_terminal:
        with errors.status("starting") as status:
            yield status.update
        return
    told_seconds = -PLAIN_PROGRESS_SECONDS

    def tell(text: str) -> None:
        nonlocal told_seconds
        if time.monotonic() - told_seconds >= PLAIN_PROGRESS_SECONDS:
            told_seconds = time.monotonic()
            errors.print(text)

    yield tell


def _ms(value: float) -> str:
    return f"{value:,.1f}"


def median_table(report: LatencyReport) -> Table:
    """The median of the runs, with the floor beside."""
    table = Table("ms", title="core commit → row in V2, median of the runs")
    for column in ("V2", "floor", "V2 / floor", "visible to a client"):
        table.add_column(column, justify="right")
    of = report.median()
    for name in ("p50", "p90", "p99", "max"):
        ratio = f"{of[f'ratio_{name}']:,.1f}" if f"ratio_{name}" in of else ""
        v2, floor, visible = (_ms(of[f"{kind}{name}_ms"]) for kind in ("", "floor_", "visible_"))
        table.add_row(name, v2, floor, ratio, visible)
    counts = (f"{of[f'{kind}samples']:,.0f}" for kind in ("", "floor_", "visible_"))
    v2, floor, visible = counts
    table.add_row("rows", v2, floor, "", visible)
    return table


def runs_table(report: LatencyReport) -> Table:
    """Each run for itself."""
    table = Table(title=f"runs, {report.wanted.rate} commits/s wanted, in ms")
    for column in ("run", "commits/s", "p50", "p99", "floor p50", "floor p99", "visible p99"):
        table.add_column(column, justify="right")
    shown = ("p50_ms", "p99_ms", "floor_p50_ms", "floor_p99_ms", "visible_p99_ms")
    for number, run in enumerate(report.runs, 1):
        of = run.measures()
        table.add_row(str(number), f"{run.rate:,.0f}", *(_ms(of[key]) for key in shown))
    return table


def processor_table(title: str, seconds: dict[str, float]) -> Table:
    """Who used the processor, the greatest first."""
    table = Table("service", title=title)
    table.add_column("processor seconds", justify="right")
    for name, used in sorted(seconds.items(), key=lambda item: -item[1]):
        table.add_row(name, f"{used:.2f}")
    return table


def _machine_line(report: LatencyReport | ReplayReport) -> str:
    before, after = report.before, report.after
    return (
        f"{before.cores} cores, {before.memory_bytes / 2**30:.0f} GiB, load average "
        f"{before.load_average_1m:.1f} before and {after.load_average_1m:.1f} after"
    )


@bench_app.command()
def latency(
    rate: Annotated[int, typer.Option(min=1, help="Commits a second in the core.")] = 1000,
    seconds: Annotated[int, typer.Option(min=1, help="Measured seconds of each run.")] = 60,
    warmup_seconds: Annotated[
        int, typer.Option(min=1, help="Seconds of load before, which are not measured.")
    ] = 30,
    runs: Annotated[int, typer.Option(min=1, help="The median of so many runs is reported.")] = 5,
    as_json: Json = False,
) -> None:
    """Time from a commit in the core to its row in V2, under load.

    Measured by the commit timestamps of both servers, with PostgreSQL's own logical replication of
    the same rows in the same seconds as the floor, and by a client's clock beside (visible).

    The payments of the runs stay in the core: their ids begin with BENCH-.
    """
    wanted = LatencyWanted(rate, seconds, warmup_seconds, runs)
    with progress() as tell:
        report = bench_latency(settings(), wanted, tell)
    if as_json:
        print(json.dumps(report.to_json(), indent=2))
        return
    console.print(median_table(report))
    console.print(runs_table(report))
    console.print(processor_table(f"processor, {seconds} s", report.processor_seconds()))
    console.print(_machine_line(report))


@bench_app.command()
def replay(
    rows: Annotated[int, typer.Option(min=1, help="Transactions to replay, at least.")] = ROWS,
    warmup_runs: Annotated[
        int, typer.Option(min=0, help="Replays before, which are not measured.")
    ] = 2,
    as_json: Json = False,
) -> None:
    """Rows a second from Kafka into V2, with guard and history on.

    The product's own job reads everything on the topics into a second V2 while the live jobs go on;
    job and database are taken away at the end. When the core has fewer transactions than asked for,
    the others are added first, and stay: their ids begin with BENCH-.
    """
    with progress() as tell:
        report = bench_replay(settings(), rows, warmup_runs, tell)
    if as_json:
        print(json.dumps(report.to_json(), indent=2))
        return
    table = Table("", title="replay from Kafka into V2")
    for column in ("count", "a second"):
        table.add_column(column, justify="right")
    of = report.replayed
    for name, count in (
        ("transactions", of.rows),
        ("their versions", of.versions),
        ("records", of.events),
    ):
        table.add_row(name, f"{count:,}", f"{count / of.seconds:,.0f}")
    console.print(table)
    console.print(
        f"{of.seconds:.1f} s from the first row to the last, "
        f"{of.seconds_since_submit:.1f} s since the job was submitted"
    )
    console.print(
        f"live meanwhile, commit to visible: p50 {_ms(report.live.p50_ms)} ms, "
        f"p99 {_ms(report.live.p99_ms)} ms ({report.live.samples} samples)"
    )
    title = f"processor, {report.job_processor_seconds:.1f} s of it the job's own"
    console.print(processor_table(title, report.processor_seconds))
    console.print(_machine_line(report))
