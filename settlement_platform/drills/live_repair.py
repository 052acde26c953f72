"""A day of V2 damaged and repaired while traffic flows: who looks on must not notice."""

from __future__ import annotations

import datetime as dt
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString

from settlement_platform.contracts.scalars import business_date
from settlement_platform.drills.report import Noticed
from settlement_platform.drills.scene import Scene, sql
from settlement_platform.errors import DrillError
from settlement_platform.proof.bench_figures import figures
from settlement_platform.proof.bench_visible import VisibleSampler
from settlement_platform.repair.replay import look
from settlement_platform.simulator.core_writer import load_history
from settlement_platform.simulator.traffic_runner import traffic_meanwhile

HISTORY_PAYMENTS = 20_000
HISTORY_DAYS = 10
RATE = 200.0
PROBES_A_SECOND = 20.0
WARM_SECONDS = 10.0
BEFORE_SECONDS = 15.0
LIVE_MS = 1_000.0
"""What 99 of 100 live commits may take to V2 while a day is repaired."""
SLOWER = 1.5
"""Or so many times what they took just before, on a machine that is slower already."""
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
    seed = secrets.randbelow(10**6)
    with traffic_meanwhile(scene.settings.core_dsn, RATE, seed) as failures:
        yield
    if failures:
        raise DrillError(f"the traffic failed: {failures[0]}", "see 'settlement status'")


def _damage(scene: Scene, day: dt.date) -> None:
    """Wrong amounts, missing rows, ghosts and a wrong bucket, at one date."""
    for statement in sql("damage_day").split(b";\n"):
        scene.v2(statement, day=day)


def _others(scene: Scene, day: dt.date, today: dt.date) -> dict[object, object]:
    return {
        (kind, date): digest
        for kind, date, digest in scene.v2(sql("other_days"), day=day, today=today)
    }


def _noticed(scene: Scene, today: dt.date) -> tuple[int, str]:
    """`settlement replay --dry-run` over the closed dates: how much differs, and at which."""
    dates = [date for date, _ in _closed_dates(scene, today)]
    found, _ = look(scene.settings, dates, scene.tell)
    named = ", ".join(str(one.date) for one in found.differing)
    cause = f"{found.size:,} differences at {named}"
    noticed = Noticed("settlement replay --dry-run", cause, scene.since_broken())
    scene.report.noticed.append(noticed)
    return found.size, named


def repair_live(scene: Scene) -> None:
    """A closed date is damaged; `settlement replay` repairs it while traffic goes on."""
    today = business_date(dt.datetime.now(dt.UTC))
    day, count = _history(scene, today)[0]
    scene.dates = {day}
    scene.until_green()
    others, dsns = _others(scene, day, today), (scene.settings.core_dsn, scene.settings.v2_dsn)
    probe = VisibleSampler(*dsns, secrets.token_hex(4), PROBES_A_SECOND)
    with _traffic(scene), probe:
        scene.pause(WARM_SECONDS + BEFORE_SECONDS)
        damaged_at = time.perf_counter()
        _damage(scene, day)
        scene.broke(f"V2: damaged {day} ({count:,} payments)")
        differences, named = _noticed(scene, today)
        began = time.perf_counter()
        scene.settlement_replay()
        ended = time.perf_counter()
    quiet = probe.latencies_ms(damaged_at - BEFORE_SECONDS, damaged_at)
    before = figures("live traffic before the repair", quiet)
    during = figures("live traffic during the repair", probe.latencies_ms(began, ended))
    touched = sum(others[key] != now for key, now in _others(scene, day, today).items())
    scene.report.figures |= {
        "differences": differences,
        "repair_seconds": round(ended - began, 1),
        "live_p50_before_ms": round(before.p50_ms, 1),
        "live_p99_before_ms": round(before.p99_ms, 1),
        "live_p50_during_ms": round(during.p50_ms, 1),
        "live_p99_during_ms": round(during.p99_ms, 1),
        "live_samples_during": during.samples,
        "other_days_touched": touched,
    }
    if named != str(day) or touched:
        raise DrillError(
            f"other dates differ ({named}) or {touched} were touched",
            "see settlement_platform/repair",
        )
    if during.p99_ms > max(LIVE_MS, SLOWER * before.p99_ms):
        raise DrillError(
            f"live traffic was slow during the repair: p99 {during.p99_ms:,.0f} ms",
            "look at what else takes the processor, then run the drill again",
        )
