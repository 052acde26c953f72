"""Reading the rows of a run: when each was committed in the core, when its copies were there."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping
from typing import Any

import psycopg

from settlement_platform.errors import ProofError
from settlement_platform.proof.bench_figures import Copy, Pairing, paired
from settlement_platform.proof.bench_pgbench import SQL_DIR
from settlement_platform.proof.telling import Tell

PREFIX = "BENCH-"
"""Begins the identity of every payment that a benchmark makes."""

ARRIVAL_SECONDS = 120.0
PAUSE_SECONDS = 0.2


def run_prefix(token: str) -> str:
    """What the identities of one run's payments begin with."""
    return f"{PREFIX}{token}-"


def _rows(dsn: str, file: str, token: str) -> list[tuple[Any, ...]]:
    first = run_prefix(token)
    # The dot is what follows the dash: both ends make the primary key's index serve.
    with psycopg.connect(dsn) as connection:
        statement = (SQL_DIR / file).read_text().encode()
        return connection.execute(statement, {"first": first, "last": f"{first[:-1]}."}).fetchall()


def core_versions(core_dsn: str, token: str, from_us: int, to_us: int) -> dict[str, int]:
    """Payment -> commit of its newest version, for those committed in a half-open span."""
    rows = _rows(core_dsn, "bench_core_versions.sql", token)
    return {txn_id: at_us for txn_id, at_us in rows if from_us <= at_us < to_us}


def copies(dsn: str, file: str, token: str) -> dict[str, Copy]:
    """Payment -> its copy in V2 or in the floor."""
    return {txn_id: Copy(of_us, at_us) for txn_id, of_us, at_us in _rows(dsn, file, token)}


def clock(dsn: str) -> dt.datetime:
    """A server's clock."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    at: dt.datetime = row[0]
    return at


def as_of(v2_dsn: str) -> dt.datetime | None:
    """Everything that the core committed before this is in V2; None: not known."""
    with psycopg.connect(v2_dsn) as connection:
        row = connection.execute("SELECT as_of FROM sp_v2_as_of").fetchone()
    return None if row is None else row[0]


def await_as_of(v2_dsn: str, core_at: dt.datetime, tell: Tell, seconds: float) -> None:
    """Wait until V2 holds all that the core committed before an instant. Raises ProofError."""
    deadline = time.monotonic() + seconds
    while (known := as_of(v2_dsn)) is None or known <= core_at:
        if time.monotonic() > deadline:
            raise ProofError(
                f"V2 did not catch up within {seconds:.0f} s: it is as of {known}, "
                f"and must pass {core_at}",
                "run 'settlement status' to see which connector or job is behind",
            )
        behind = "" if known is None else f" ({(core_at - known).total_seconds():.0f} s to go)"
        tell(f"waiting until V2 has everything{behind}")
        time.sleep(PAUSE_SECONDS)


def await_pairs(
    what: str, core_us: Mapping[str, int], read: Callable[[], dict[str, Copy]], tell: Tell
) -> Pairing:
    """Read copies until every row has its own. Raises ProofError when some stay behind."""
    deadline = time.monotonic() + ARRIVAL_SECONDS
    while True:
        pairing = paired(core_us, read())
        if not pairing.behind:
            return pairing
        if time.monotonic() > deadline:
            raise ProofError(
                f"{pairing.behind} of {len(core_us)} rows of the run are not in {what} as they are "
                f"in the core, {ARRIVAL_SECONDS:.0f} s after its end",
                "run 'settlement verify' to see which rows differ",
            )
        tell(f"waiting for {pairing.behind} rows in {what}")
        time.sleep(PAUSE_SECONDS)
