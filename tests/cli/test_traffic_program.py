"""The demo's traffic: its answer key is exact while it goes on, and it ends when told to."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import psycopg

from settlement_platform.cli.answer_keys import traffic_path
from settlement_platform.cli.simulate import SEEDS, random_seed, stopped_by_signals
from settlement_platform.cli.traffic import KeyKeeper, key_so_far
from settlement_platform.config import Settings
from settlement_platform.simulator.answer_key import AnswerKey
from settlement_platform.simulator.rows import run_token
from settlement_platform.simulator.traffic_runner import TrafficProgress, run_traffic

KEY_SQL = Path(__file__).parents[1] / "simulator" / "answer_key.sql"
COLUMNS = (
    "transaction_date", "merchant_id", "payment_method",
    "attempted_count", "attempted_paise", "captured_count", "captured_paise",
    "settled_count", "settled_paise", "failed_count", "failed_paise",
)  # fmt: skip


def key_in_core(core_dsn: str, seed: int) -> AnswerKey:
    """The answer key as SQL counts it over the payments of a run."""
    with psycopg.connect(core_dsn) as core:
        prefix = {"prefix": f"TXN-L{run_token(seed)}-"}
        rows = core.execute(KEY_SQL.read_bytes(), prefix).fetchall()
    entries = [dict(zip(COLUMNS, (str(row[0]), *row[1:]), strict=True)) for row in rows]
    return AnswerKey.from_json(json.dumps(entries))


def test_the_key_so_far_is_what_the_core_has_at_that_moment(core_dsn: str) -> None:
    seed, compared = random_seed(), list[bool]()

    def compare(progress: TrafficProgress) -> None:
        key = key_so_far(progress)
        compared.append(key is not None and key == key_in_core(core_dsn, seed))

    run_traffic(core_dsn, 100, 2.5, seed, on_tick=compare)
    assert compared == [True, True]


def test_the_key_is_written_now_and_then_and_at_the_end(core_dsn: str, tmp_path: Path) -> None:
    settings, seed = Settings(home=tmp_path), random_seed()
    keeper = KeyKeeper(settings, seed, every_seconds=1)
    written = list[bool]()

    def tick(progress: TrafficProgress) -> None:
        keeper.tick(progress)
        written.append(traffic_path(settings, seed).exists())

    report = run_traffic(core_dsn, 50, 2.5, seed, on_tick=tick)
    assert written[-1]
    keeper.finish(report.answer_key)
    assert AnswerKey.load(traffic_path(settings, seed)) == key_in_core(core_dsn, seed)


def test_ctrl_c_and_term_end_a_run_instead_of_breaking_it() -> None:
    before = signal.getsignal(signal.SIGTERM)
    for number in (signal.SIGINT, signal.SIGTERM):
        with stopped_by_signals() as stop:
            signal.raise_signal(number)
            assert stop.wait(10)
    assert signal.getsignal(signal.SIGTERM) == before


def test_seeds_are_drawn_from_many() -> None:
    drawn = {random_seed() for _ in range(20)}
    assert len(drawn) == 20
    assert all(0 <= seed < SEEDS for seed in drawn)
