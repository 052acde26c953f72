"""A day of V2 damaged and repaired while traffic flows: who looks on must not notice."""

from __future__ import annotations

import datetime as dt
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString

from settlement_platform.drills.report import Noticed
from settlement_platform.drills.scene import SQL_DIR, Scene
from settlement_platform.errors import DrillError
from settlement_platform.metrics.cohort import business_date
from settlement_platform.proof.bench_visible import VisibleSampler
from settlement_platform.repair.replay import look
from settlement_platform.simulator.core_writer import load_history
from settlement_platform.simulator.traffic_runner import run_traffic

HISTORY_PAYMENTS = 20_000
HISTORY_DAYS = 10
RATE = 200.0
PROBES_A_SECOND = 20.0
WARM_SECONDS = 10.0
LIVE_SECONDS = 1.0
"""What 99 of 100 live commits may take to V2 while a day is repaired."""
_DATES: LiteralString = (
    "SELECT transaction_date, count(*) FROM sp_v2_transactions"
    " WHERE transaction_date < %(today)s AND deleted_at IS NULL GROUP BY 1 ORDER BY 1 DESC"
)


def _closed_dates(scene: Scene, today: dt.date) -> list[tuple[dt.date, int]]:
    return [(date, count) for date, count in scene.v2(_DATES, today=today)]


def _history(scene: Scene, today: dt.date) -> list[tuple[dt.date, int]]:
    """The closed dates and their payments, the newest first; made where there are none."""
    if len(_closed_dates(scene, today)) < HISTORY_DAYS - 2:
        seed = secrets.randbelow(10**6)
        load_history(scene.settings.core_dsn, seed, HISTORY_PAYMENTS, HISTORY_DAYS)
        scene.did(f"core: loaded {HISTORY_PAYMENTS:,} payments of {HISTORY_DAYS} days")
        scene.settlement_verify()
    return _closed_dates(scene, today)


@contextmanager
def _traffic(scene: Scene) -> Iterator[None]:
    stop, failures = threading.Event(), list[BaseException]()
    seed = secrets.randbelow(10**6)

    def drive() -> None:
        try:
            run_traffic(scene.settings.core_dsn, RATE, None, seed, stop=stop)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=drive, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    if failures:
        raise DrillError(f"the traffic failed: {failures[0]}", "see 'settlement status'")


def _damage(scene: Scene, day: dt.date) -> None:
    """Wrong amounts, missing rows, ghosts and a wrong bucket, at one date."""
    for statement in (SQL_DIR / "damage_day.sql").read_text().split(";\n"):
        scene.v2(statement.encode(), day=day)


def _others(scene: Scene, day: dt.date, today: dt.date) -> dict[object, object]:
    query = (SQL_DIR / "other_days.sql").read_bytes()
    return {(kind, date): digest for kind, date, digest in scene.v2(query, day=day, today=today)}


def repair_live(scene: Scene) -> None:
    """A closed date is damaged; `settlement replay` repairs it while traffic goes on."""
    today = business_date(dt.datetime.now(dt.UTC))
    day, count = _history(scene, today)[0]
    scene.dates = {day}
    scene.until_green()
    others = _others(scene, day, today)
    token = secrets.token_hex(4)
    with (
        _traffic(scene),
        VisibleSampler(
            scene.settings.core_dsn, scene.settings.v2_dsn, token, PROBES_A_SECOND
        ) as live,
    ):
        scene.pause(WARM_SECONDS)
        quiet_until = time.perf_counter()
        _damage(scene, day)
        scene.broke(f"V2: damaged {day} ({count:,} payments)")
        found, _ = look(
            scene.settings, [date for date, _ in _closed_dates(scene, today)], scene.tell
        )
        named = ", ".join(str(one.date) for one in found.differing)
        scene.report.noticed.append(
            Noticed(
                "settlement replay --dry-run",
                f"{found.size:,} differences at {named}",
                scene.since_broken(),
            )
        )
        repaired_from = time.perf_counter()
        scene.settlement_replay()
        repaired_until = time.perf_counter()
    before = live.latencies_ms(quiet_until - WARM_SECONDS / 2, quiet_until)
    during = live.latencies_ms(repaired_from, repaired_until)
    scene.report.figures |= {
        "differences": found.size,
        "repair_seconds": round(repaired_until - repaired_from, 1),
        "live_p99_before_ms": round(p99(before), 1),
        "live_p50_during_ms": round(quantile(during, 0.5), 1),
        "live_p99_during_ms": round(p99(during), 1),
        "live_samples_during": len(during),
        "other_days_touched": sum(_others(scene, day, today)[key] != others[key] for key in others),
    }
    if named != str(day) or scene.report.figures["other_days_touched"]:
        raise DrillError(f"other days are touched: {named}", "see settlement_platform/repair")
    if p99(during) > LIVE_SECONDS * 1000:
        raise DrillError(
            f"live traffic was slow during the repair: p99 {p99(during):,.0f} ms",
            "look at what else takes the processor, then run the drill again",
        )


def quantile(values: list[float], share: float) -> float:
    """The value that this share of the values does not exceed; infinite where there are none."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else float("inf")


def p99(values: list[float]) -> float:
    """What 99 of 100 values do not exceed."""
    return quantile(values, 0.99)
