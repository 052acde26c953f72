"""The demo's traffic as a program: `python -m settlement_platform.cli.traffic --rate N`.

supervisord runs it, so that it goes on when the demo's command has ended. Each start plays a seed
of its own; its answer key is written every few seconds and, exact, when it is told to stop.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time

from settlement_platform.cli.answer_keys import save, traffic_path
from settlement_platform.cli.simulate import random_seed, stopped_by_signals
from settlement_platform.config import Settings, settings
from settlement_platform.errors import SettlementError
from settlement_platform.simulator.answer_key import AnswerKey
from settlement_platform.simulator.lane import Lane
from settlement_platform.simulator.traffic_runner import TrafficProgress, run_traffic

SAVE_SECONDS = 10.0
QUIET_SECONDS = 1.0
"""A key is read when the core has all that was issued; one that is busy for so long, later."""
PAUSE_SECONDS = 0.02


def key_so_far(progress: TrafficProgress) -> AnswerKey | None:
    """What this run has done to the core, None while operations are on their way.

    Called between two operations, in the thread that issues them: nothing new comes meanwhile.
    """
    lanes = [thread for thread in threading.enumerate() if isinstance(thread, Lane)]
    issued, deadline = progress.commits + progress.waiting, time.monotonic() + QUIET_SECONDS
    while sum(lane.commits for lane in lanes) < issued:
        if time.monotonic() > deadline:
            return None
        time.sleep(PAUSE_SECONDS)
    time.sleep(PAUSE_SECONDS)  # a lane counts its commit just before it writes its key
    key = AnswerKey()
    for lane in lanes:
        key.merge(lane.answer_key)
    return key


class KeyKeeper:
    """Writes the answer key of a run every few seconds, and says where the run stands."""

    def __init__(self, settings: Settings, seed: int, every_seconds: float = SAVE_SECONDS) -> None:
        self._path = traffic_path(settings, seed)
        self._next_seconds = self._every_seconds = every_seconds

    def tick(self, progress: TrafficProgress) -> None:
        """Called each second of the run."""
        if progress.seconds < self._next_seconds:
            return
        self._next_seconds = progress.seconds + self._every_seconds
        key = key_so_far(progress)
        if key is not None:
            save(key, self._path)
        print(f"{progress.commits} commits, {progress.errors} repeated", flush=True)

    def finish(self, key: AnswerKey) -> None:
        """The run's own last word."""
        save(key, self._path)
        print(f"answer key: {self._path}", flush=True)


def main() -> None:
    """Play until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, required=True)
    rate = parser.parse_args().rate
    found, seed = settings(), random_seed()
    keeper = KeyKeeper(found, seed)
    print(f"seed {seed}, {rate:g} operations a second", flush=True)
    try:
        with stopped_by_signals() as stop:
            report = run_traffic(found.core_dsn, rate, None, seed, stop=stop, on_tick=keeper.tick)
    except SettlementError as error:
        # supervisord starts it again, with another seed, until the core is back.
        sys.exit(f"{error.cause}; {error.remedy}")
    keeper.finish(report.answer_key)


if __name__ == "__main__":
    main()
