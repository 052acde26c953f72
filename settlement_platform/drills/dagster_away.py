"""Dagster stopped for a while: the data flows on, and what was missed is done once, not twice."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import LiteralString

import psycopg

from settlement_platform.drills.dagster_ui import DagsterUi
from settlement_platform.drills.scene import Scene
from settlement_platform.errors import DrillError
from settlement_platform.proof.bench_figures import percentile
from settlement_platform.stack.readiness import await_ready

PROGRAMS = ("dagster-daemon", "dagster-webserver", "dagster-code")
TABLE = "settlement_canary"
"""Of a captured table whose deletes nobody waits for the replica identity is taken."""
CLOSES = ["v2", "sp_v2_daily_closes"]
SENSOR = "chain_checks"
LOOKS = 3
ALARM_SECONDS = 90.0
BEFORE_SECONDS = 60.0
STARTED_SECONDS = 180.0
POLL_SECONDS = 0.1
SLOWER_SECONDS = 0.5
"""By how much half of the canaries may be slower while Dagster is away: it takes nothing then."""
LOST_SHARE = 0.1
_CANARY: LiteralString = (
    "SELECT extract(epoch FROM core_at)::float8, extract(epoch FROM loaded_at - core_at)::float8"
    " FROM sp_v2_canary"
)


class Canaries(threading.Thread):
    """How long each canary took from the core to V2, for as long as the block lasts."""

    def __init__(self, v2_dsn: str) -> None:
        super().__init__(daemon=True)
        self._dsn = v2_dsn
        self._over = threading.Event()
        self._began = time.monotonic()
        self._took: dict[float, float] = {}
        self._seconds = 0.0

    def __enter__(self) -> Canaries:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()
        self._seconds = time.monotonic() - self._began

    def run(self) -> None:
        """Look again and again."""
        with psycopg.connect(self._dsn, autocommit=True) as v2:
            while not self._over.wait(POLL_SECONDS):
                for core_at, took in v2.execute(_CANARY).fetchall():
                    self._took[core_at] = took

    def percentile(self, percent: float) -> float:
        """Seconds from the core to V2; infinite where no canary came."""
        took = sorted(self._took.values())
        return percentile(took, percent) if took else float("inf")

    def figures(self, when: str) -> dict[str, int | float]:
        """What is reported of these."""
        return {
            f"canaries_{when}": len(self._took),
            f"canary_p50_{when}_seconds": round(self.percentile(50), 3),
            f"canary_p99_{when}_seconds": round(self.percentile(99), 3),
        }

    def are_missing(self) -> bool:
        """Fewer came than one a second, by more than a few."""
        return len(self._took) < self._seconds * (1 - LOST_SHARE) - 2


def _alarms(ui: DagsterUi, since_seconds: float) -> Counter[str]:
    said = ui.observations(["core", TABLE], since_seconds)
    wanted = f"core/{TABLE}:replica_identity_is_full"
    return Counter(one["result"] for one in said if one.get("alarm") == wanted)


def _catch_up(scene: Scene, ui: DagsterUi) -> None:
    """Start Dagster, and wait until its sensor has looked several times."""
    started_seconds = time.time()
    for program in reversed(PROGRAMS):
        scene.supervisor.start_program(program)
    await_ready(scene.settings, "dagster-webserver", STARTED_SECONDS)
    scene.did("started Dagster")

    def looked() -> bool:
        return len(ui.ticks(SENSOR, started_seconds)) >= LOOKS

    scene.until(looked, f"{SENSOR} has not looked {LOOKS} times", STARTED_SECONDS)
    scene.report.figures["caught_up_seconds"] = round(time.time() - started_seconds, 1)


def _raise_if_doubled(scene: Scene, ui: DagsterUi, since_seconds: float) -> None:
    alarms = _alarms(ui, since_seconds)
    closed = Counter(ui.materialized_partitions(CLOSES, since_seconds))
    scene.report.figures |= {
        "alarms_begun": alarms["begins"],
        "alarms_over": alarms["is over"],
        "closed_days": len(closed),
        "closed_twice": sum(count > 1 for count in closed.values()),
    }
    if alarms != Counter({"begins": 1, "is over": 1}) or any(n > 1 for n in closed.values()):
        raise DrillError(
            f"something had a double effect: alarms {dict(alarms)}, closes {dict(closed)}",
            "see the runs and the observations in Dagster",
        )


def dagster_away(scene: Scene) -> None:
    """Dagster away for a while, with an alarm under way that must be told once."""
    ui, v2_dsn, began_seconds = (
        DagsterUi(scene.settings.dagster),
        scene.settings.v2_dsn,
        time.time(),
    )
    away_seconds = scene.minutes * 60
    with scene.changed(
        "ALTER TABLE settlement_canary REPLICA IDENTITY DEFAULT",
        "ALTER TABLE settlement_canary REPLICA IDENTITY FULL",
    ):
        scene.until_red("replica_identity_is_full", TABLE)
        with Canaries(v2_dsn) as before:
            scene.until(
                lambda: _alarms(ui, began_seconds)["begins"] == 1, "no alarm begins", ALARM_SECONDS
            )
            scene.pause(max(min(BEFORE_SECONDS, away_seconds) - scene.since_broken(), 0))
        try:
            for program in PROGRAMS:
                scene.supervisor.stop_program(program)
            scene.broke(f"stopped Dagster for {scene.minutes:g} minutes")
            with Canaries(v2_dsn) as during:
                scene.pause(away_seconds)
        finally:
            _catch_up(scene, ui)
    scene.report.figures |= {**before.figures("before"), **during.figures("during")}
    scene.until(
        lambda: _alarms(ui, began_seconds)["is over"] > 0, "no alarm is over", ALARM_SECONDS
    )
    _raise_if_doubled(scene, ui, began_seconds)
    if during.are_missing() or during.percentile(50) > before.percentile(50) + SLOWER_SECONDS:
        raise DrillError(
            f"the data did not flow as before: {scene.report.figures}",
            "nothing of the data plane may need Dagster: see docs/architecture.md",
        )
