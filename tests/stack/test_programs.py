"""The programs of the stack, and supervisord's configuration of them."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from pydantic import SecretStr

from settlement_platform.config import PORT_OFFSETS, Settings
from settlement_platform.stack.orphans import configured
from settlement_platform.stack.programs import (
    ALARM_URLS,
    Program,
    control_plane,
    core_consumer,
    data_plane,
    demo_traffic,
    unprivileged,
)
from settlement_platform.stack.status_parts import SERVICES
from settlement_platform.stack.supervision import configuration, log_path, socket_path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home with the secret that the control plane needs."""
    found = Settings(home=tmp_path / "a home", port_base=7000)
    found.secrets_dir.mkdir(parents=True)
    (found.secrets_dir / "dagster").write_text("pa%ss")
    return found


def every_program(settings: Settings) -> list[Program]:
    """What `up` hands to supervisord, with jars that do not exist."""
    jars: defaultdict[str, list[Path]] = defaultdict(lambda: [Path("/m2/a.jar")])
    data = data_plane(settings, jars, as_root=True)
    return [*data, core_consumer(settings), *control_plane(settings, as_root=True)]


def test_status_knows_every_program_and_its_port(settings: Settings) -> None:
    found = {program.name: program.port for program in every_program(settings)}
    assert found == SERVICES


def test_every_port_of_a_program_has_an_offset(settings: Settings) -> None:
    ports = {program.port for program in every_program(settings)} - {None}
    assert ports <= PORT_OFFSETS.keys()


def test_no_command_carries_a_secret(settings: Settings) -> None:
    for program in every_program(settings):
        assert "pa%ss" not in " ".join(program.command)


def test_postgres_gives_up_root_and_stops_at_once(settings: Settings) -> None:
    servers = [program for program in every_program(settings) if "postgres" in program.name]
    assert len(servers) == 3
    for server in servers:
        assert server.command[: len(unprivileged(as_root=True))] == unprivileged(as_root=True)
        assert server.stop_signal == "INT"
    assert unprivileged(as_root=False) == ()


def test_what_supervisord_reads_is_what_was_meant(settings: Settings) -> None:
    programs = every_program(settings)
    odd = Program("odd", ("/bin/a b", "100%", "--x=y"), None, stop_signal="INT")
    read = configured(configuration(settings, [*programs, odd]))
    assert [(about.name, about.command, about.stop_signal) for about in read] == [
        (program.name, program.command, program.stop_signal) for program in [*programs, odd]
    ]


def test_nothing_starts_by_itself_and_everything_is_started_again(settings: Settings) -> None:
    sections = configuration(settings, every_program(settings)).split("[program:")[1:]
    for section in sections:
        assert "autostart=false\n" in section
        assert "autorestart=true\n" in section
        assert "stdout_logfile_maxbytes=" in section


def test_a_percent_sign_in_a_secret_reaches_the_program(settings: Settings) -> None:
    text = configuration(settings, control_plane(settings, as_root=True))
    assert 'DAGSTER_PG_PASSWORD="pa%%ss"' in text


def test_only_the_code_server_has_the_urls_of_alarms(settings: Settings) -> None:
    urls = SecretStr('json://a/100%\n json://b/"x",json://c/')
    told = settings.model_copy(update={"alarm_urls": urls})
    programs = every_program(told)
    given = {program.name: program.environment.get(ALARM_URLS) for program in programs}
    wanted = "json://a/100% json://b/%22x%22,json://c/"
    assert {name: found for name, found in given.items() if found} == {"dagster-code": wanted}
    assert not any("json://" in " ".join(program.command) for program in programs)
    text = configuration(told, programs)
    assert f'{ALARM_URLS}="{wanted.replace("%", "%%")}"' in text
    assert "json://" not in repr(told)


def test_a_socket_with_a_long_path_lies_elsewhere(tmp_path: Path) -> None:
    near, far = Settings(home=Path("/s")), Settings(home=tmp_path / ("x" * 120))
    assert socket_path(near) == Path("/s/run/supervisor.sock")
    assert len(str(socket_path(far))) <= 100
    assert socket_path(far) == socket_path(far)


def test_traffic_plays_into_the_same_home_at_the_wanted_rate(settings: Settings) -> None:
    traffic = demo_traffic(settings, 12.5)
    assert traffic.name == "traffic"
    assert traffic.command[-2:] == ("--rate", "12.5")
    assert traffic.environment["SETTLEMENT_HOME"] == str(settings.state_dir)
    assert log_path(settings, "traffic").name == "traffic.log"
