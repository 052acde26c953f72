"""How long a commit of the core takes to a row in V2, under load, with the floor beside it.

A run: pgbench commits at a steady rate, warm-up first. Afterwards, for each payment that was
touched in the measured seconds, the commit timestamp of its newest version in the core is taken
from the commit timestamp of the same version in V2. PostgreSQL's logical replication of the same
rows is measured in the same seconds, and so is what a client sees.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, median

from settlement_platform.config import Settings
from settlement_platform.errors import ProofError
from settlement_platform.proof.bench_figures import (
    Figures,
    figures,
    medians,
    rounded,
)
from settlement_platform.proof.bench_floor import floor, floor_pids
from settlement_platform.proof.bench_pgbench import Load, load, seed
from settlement_platform.proof.bench_processor import (
    Machine,
    ProcessorMeter,
    Reading,
    machine,
    spent,
)
from settlement_platform.proof.bench_scratch import guarded, only_one
from settlement_platform.proof.bench_versions import (
    ARRIVAL_SECONDS,
    await_as_of,
    await_pairs,
    clock,
    copies,
    core_versions,
)
from settlement_platform.proof.bench_visible import VisibleSampler
from settlement_platform.proof.telling import Tell, prefixed

US_A_SECOND = 1_000_000
HALF_A_SECOND = 0.5
"""pgbench tells its progress each second, a little early or late."""


@dataclass(frozen=True)
class LatencyWanted:
    """What to measure: commits a second, measured and warm-up seconds of each run, runs."""

    rate: int = 1000
    seconds: int = 60
    warmup_seconds: int = 30
    runs: int = 5


def _named(prefix: str, found: Figures) -> dict[str, float]:
    return {f"{prefix}{name}": value for name, value in asdict(found).items()}


@dataclass(frozen=True)
class LatencyRun:
    """One run. `rate` is what the load achieved; processor seconds are of the measured span."""

    rate: float
    v2: Figures
    floor: Figures
    visible: Figures
    processor_seconds: dict[str, float]

    def measures(self) -> dict[str, float]:
        """The run's figures, flat."""
        return {
            **_named("", self.v2),
            **_named("floor_", self.floor),
            **_named("visible_", self.visible),
            "ratio_p50": self.v2.p50_ms / self.floor.p50_ms,
            "ratio_p99": self.v2.p99_ms / self.floor.p99_ms,
        }

    def to_json(self) -> dict[str, object]:
        """The run as an object of the report."""
        return {
            "rate": round(self.rate, 1),
            **rounded(self.measures()),
            "processor_seconds": rounded(self.processor_seconds, 2),
        }


def _in_every_run(runs: Sequence[LatencyRun]) -> list[Mapping[str, float]]:
    names = {name for run in runs for name in run.processor_seconds}
    return [{n: run.processor_seconds.get(n, 0.0) for n in sorted(names)} for run in runs]


@dataclass(frozen=True)
class LatencyReport:
    """All runs of one benchmark, and the machine before and after them."""

    wanted: LatencyWanted
    runs: tuple[LatencyRun, ...]
    before: Machine
    after: Machine

    @property
    def rate(self) -> float:
        """Commits a second that the load achieved, the median of the runs."""
        return median(run.rate for run in self.runs)

    def median(self) -> dict[str, float]:
        """The median of the runs, figure by figure; ratios are medians of the runs' ratios."""
        return rounded(medians([run.measures() for run in self.runs]))

    def processor_seconds(self) -> dict[str, float]:
        """Service -> processor seconds of a run, the median of the runs."""
        return rounded(medians(_in_every_run(self.runs)), 2)

    def to_json(self) -> dict[str, object]:
        """The report as `settlement bench latency --json` prints it."""
        return {
            "bench": "latency",
            "rate_wanted": self.wanted.rate,
            "rate": round(self.rate, 1),
            "seconds": self.wanted.seconds,
            "warmup_seconds": self.wanted.warmup_seconds,
            "runs": [run.to_json() for run in self.runs],
            "median": self.median(),
            "machine": self.before.to_json(self.after),
            "processor_seconds": self.processor_seconds(),
        }


@dataclass(frozen=True)
class _Mark:
    """A moment of the run: by the core's clock, by this process's, and what was used by then."""

    core_us: int
    here_seconds: float
    used: Reading


def _mark(settings: Settings, meter: ProcessorMeter) -> _Mark:
    core_us = round(clock(settings.core_dsn).timestamp() * US_A_SECOND)
    return _Mark(core_us, time.perf_counter(), meter.read())


def _drive(
    settings: Settings, wanted: LatencyWanted, meter: ProcessorMeter, running: Load, tell: Tell
) -> tuple[float, _Mark, _Mark]:
    """Follow the load to its end. Returns its rate over the measured seconds, and their ends."""
    until = wanted.warmup_seconds + wanted.seconds
    rates: list[float] = []
    begun = ended = None
    for second in running.seconds():
        if begun is None:
            if second.at_seconds >= wanted.warmup_seconds - HALF_A_SECOND:
                begun = _mark(settings, meter)
        elif ended is None:
            rates.append(second.rate)
            if second.at_seconds >= until - HALF_A_SECOND:
                ended = _mark(settings, meter)
        phase = "warming up" if begun is None else "measuring" if ended is None else "ending"
        tell(f"{phase}, {second.at_seconds:.0f} s of {until} s, {second.rate:.0f} commits/s")
    if begun is None or ended is None:
        raise ProofError(
            "the load ended before it was measured", "run 'settlement status', then try again"
        )
    return fmean(rates), begun, ended


def _run(
    settings: Settings, wanted: LatencyWanted, meter: ProcessorMeter, floor_dsn: str, tell: Tell
) -> LatencyRun:
    token = f"r{secrets.token_hex(4)}"
    seed(settings.core_dsn, token)
    with VisibleSampler(settings.core_dsn, settings.v2_dsn, token) as sampler:
        seconds = wanted.warmup_seconds + wanted.seconds
        with load(settings.core_dsn, token, wanted.rate, seconds) as running:
            meter.name(running.pid, "pgbench")
            rate, begun, ended = _drive(settings, wanted, meter, running, tell)
        tell("waiting for the last rows")
    ended_at = clock(settings.core_dsn)
    await_as_of(settings.v2_dsn, ended_at, tell, ARRIVAL_SECONDS)
    core = core_versions(settings.core_dsn, token, begun.core_us, ended.core_us)
    in_v2 = await_pairs(
        "V2", core, lambda: copies(settings.v2_dsn, "bench_v2_versions.sql", token), tell
    )
    in_floor = await_pairs(
        "the floor", core, lambda: copies(floor_dsn, "bench_floor_versions.sql", token), tell
    )
    return LatencyRun(
        rate,
        figures("V2", in_v2.latencies_ms),
        figures("the floor", in_floor.latencies_ms),
        figures("visibility", sampler.latencies_ms(begun.here_seconds, ended.here_seconds)),
        spent(begun.used, ended.used),
    )


def bench_latency(settings: Settings, wanted: LatencyWanted, tell: Tell) -> LatencyReport:
    """Measure on the running stack. Raises ProofError when it cannot be measured.

    Leaves the payments of the runs in the core, takes away the floor.
    """
    runs = []
    meter, before = ProcessorMeter(settings), machine()
    with guarded(), only_one(settings):
        tell("making the floor")
        with floor(settings) as floor_dsn:
            for pid in floor_pids(settings):
                meter.name(pid, "floor")
            for number in range(1, wanted.runs + 1):
                told = prefixed(tell, f"run {number} of {wanted.runs}")
                runs.append(_run(settings, wanted, meter, floor_dsn, told))
    return LatencyReport(wanted, tuple(runs), before, machine())
