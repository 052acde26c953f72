"""Runs a drill where it may run, and leaves a stack that is green and equal to the core."""

from __future__ import annotations

import time

import psycopg
from confluent_kafka import KafkaException

from settlement_platform.config import Settings
from settlement_platform.drills.catalog import Drill
from settlement_platform.drills.report import Report
from settlement_platform.drills.scene import Scene
from settlement_platform.errors import DrillError, SettlementError
from settlement_platform.proof.telling import Tell
from settlement_platform.stack.only_one import only_one
from settlement_platform.stack.supervision import Supervisor

GREEN_BEFORE_SECONDS = 60.0
LOCK = "drill"
FAILURES = (SettlementError, psycopg.Error, KafkaException, OSError)


def refuse_elsewhere(settings: Settings) -> None:
    """Raises DrillError unless every address is the local stack's own."""
    given = [
        name
        for name in type(settings).model_fields
        if name.endswith("_override") and getattr(settings, name) is not None
    ]
    if given:
        raise DrillError(
            f"drills break the local stack alone, and {', '.join(given)} leads elsewhere",
            "unset it, or run the drill with another SETTLEMENT_HOME",
        )


def run(settings: Settings, drill: Drill, minutes: float, tell: Tell, say: Tell) -> Report:
    """Run one drill. What does not go as it should is the report's failure.

    `minutes`: how long Dagster is away. Raises DrillError where a drill may not begin.
    """
    refuse_elsewhere(settings)
    if not Supervisor(settings).running():
        raise DrillError("the stack is down", "run 'settlement up --wait'")
    with only_one(settings, tell, name=LOCK):
        scene = Scene(settings, drill.name, tell, say, minutes)
        began = time.monotonic()
        try:
            scene.until_green(GREEN_BEFORE_SECONDS)
        except DrillError as error:
            scene.report.failure = f"it was not begun: {error}"
            return scene.report
        try:
            drill.run(scene)
            _end(scene)
        except FAILURES as error:
            scene.report.failure = " ".join(str(error).split())
            _restore(scene)
        scene.report.seconds = time.monotonic() - began
        return scene.report


def _end(scene: Scene) -> None:
    scene.until_green()
    scene.report.green_seconds = scene.since_broken()
    scene.settlement_verify()


def _restore(scene: Scene) -> None:
    """All that the runbook has, whatever went wrong."""
    try:
        scene.did("it failed: bringing the stack back")
        scene.settlement_up()
        scene.settlement_replay(remove_most=True)
        _end(scene)
    except FAILURES as error:
        scene.did(f"and the stack is not as it was: {' '.join(str(error).split())}")
