"""Programs that outlived their supervisor: taken for ours only when that is certain."""

from __future__ import annotations

from pathlib import Path

from settlement_platform.config import Settings
from settlement_platform.stack.orphans import (
    Configured,
    Orphan,
    Seen,
    find_orphans,
    makers,
    orphans,
    supervisor_pid,
)
from settlement_platform.stack.stop_order import stop_order

HOME = Path("/home/s")
SERVER = ("/opt/postgres", "-D", "/home/s/data/core-postgres")
PROGRAMS = [
    Configured("core-postgres", ("setpriv", "--reuid=65534", *SERVER), "INT"),
    Configured("api", ("/usr/bin/python", "-m", "uvicorn"), "TERM"),
]
ORPHANED_SERVER = Seen(10, 1, SERVER, "/home/s/data/core-postgres")


def test_a_program_is_known_by_its_command_after_setpriv_made_way() -> None:
    assert orphans(PROGRAMS, [ORPHANED_SERVER], HOME, None) == [Orphan("core-postgres", 10, "INT")]


def test_the_same_command_in_another_home_is_somebody_elses() -> None:
    seen = [Seen(20, 1, ("/usr/bin/python", "-m", "uvicorn"), "/home/s2")]
    assert orphans(PROGRAMS, seen, HOME, None) == []


def test_a_command_that_only_resembles_ours_is_left_alone() -> None:
    seen = [
        Seen(20, 1, ("/usr/bin/python", "-m", "uvicorn", "--reload"), "/home/s"),
        Seen(21, 1, ("/usr/bin/python",), "/home/s"),
        Seen(22, 1, (), "/home/s"),
    ]
    assert orphans(PROGRAMS, seen, HOME, None) == []


def test_programs_of_a_supervisor_that_runs_are_not_left_behind() -> None:
    seen = [Seen(10, 5, SERVER, "/home/s")]
    assert orphans(PROGRAMS, seen, HOME, supervisor_pid=5) == []
    assert orphans(PROGRAMS, seen, HOME, supervisor_pid=6) == [Orphan("core-postgres", 10, "INT")]


def test_a_child_that_still_looks_like_its_server_goes_with_it() -> None:
    child = Seen(11, 10, SERVER, "/home/s/data/core-postgres")
    assert [o.pid for o in orphans(PROGRAMS, [child, ORPHANED_SERVER], HOME, None)] == [10]


def test_set_up_programs_of_this_home_are_found_and_no_others() -> None:
    conf = "/home/s/conf/kafka/server.properties"
    seen = [
        Seen(30, 1, ("initdb", "-D", "/home/s/data/v2-postgres.making"), "/"),
        Seen(31, 1, ("initdb", "-D", "/home/s2/data/v2-postgres.making"), "/"),
        Seen(32, 1, ("java", "kafka.tools.StorageTool", "format", "-c", conf), "/"),
        Seen(33, 1, ("java", "kafka.Kafka", conf), "/"),
    ]
    assert makers(seen, HOME) == [30, 32]


def test_a_home_where_nothing_was_started_has_neither_orphans_nor_supervisor(
    tmp_path: Path,
) -> None:
    settings = Settings(home=tmp_path)
    assert find_orphans(settings, None) == []
    assert supervisor_pid(settings) is None


def test_a_pid_file_alone_proves_no_supervisor(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "supervisord.pid").write_text("1\n")
    assert supervisor_pid(Settings(home=tmp_path)) is None


def test_writers_are_stopped_before_those_that_they_write_to() -> None:
    running = ["kafka", "api", "traffic", "v2-postgres", "connect"]
    assert stop_order(running) == [["traffic"], ["api", "connect"], ["kafka", "v2-postgres"]]
    assert stop_order([]) == []
