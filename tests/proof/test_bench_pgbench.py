"""The load of a benchmark, before it is run."""

from __future__ import annotations

import os

from settlement_platform.proof.bench_pgbench import (
    MIX_PERCENT,
    SQL_DIR,
    Second,
    command,
    pgbench_program,
    progress_of,
)


def test_pgbench_is_part_of_the_installed_distribution() -> None:
    assert os.access(pgbench_program(), os.X_OK)


def test_the_mix_adds_up_and_each_part_has_its_script() -> None:
    assert sum(MIX_PERCENT.values()) == 100
    scripts = [word for word in command("t1", 1000, 60) if word.startswith("--file=")]
    assert scripts == [
        f"--file={SQL_DIR / f'bench_{kind}.pgbench'}@{weight}"
        for kind, weight in MIX_PERCENT.items()
    ]
    assert all((SQL_DIR / f"bench_{kind}.pgbench").is_file() for kind in MIX_PERCENT)


def test_each_script_is_one_statement_and_so_one_commit() -> None:
    for kind in MIX_PERCENT:
        text = (SQL_DIR / f"bench_{kind}.pgbench").read_text()
        code = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
        assert code.count(";") == 1, kind


def test_the_command_line_holds_the_rate_and_no_address() -> None:
    words = command("t1", 3000, 60)
    assert "--rate=3000" in words
    assert "--time=60" in words
    assert not [word for word in words if "host" in word or "password" in word]


def test_a_line_of_progress_is_read() -> None:
    line = "progress: 3.0 s, 998.5 tps, lat 1.2 ms stddev 0.3, 0 failed, lag 0.1 ms\n"
    assert progress_of(line) == Second(3.0, 998.5)


def test_other_lines_of_pgbench_are_no_progress() -> None:
    assert progress_of("pgbench (16.14)") is None
    assert progress_of("pgbench: error: client 3 aborted in command 4 (SQL) of script 0") is None
