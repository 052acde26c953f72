"""The programs of the local stack: what is started, with which command, and who needs whom.

Pure: from settings and the parts' files to a list of specs. Nothing is started here.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

from settlement_platform.config import LOOPBACK, Settings
from settlement_platform.stack.class_archives import archive_flags
from settlement_platform.stack.parts import (
    INFRA_DIR,
    PROJECT_DIR,
    flink_dir,
    java,
    postgres_program,
)

ADD_EXPORTS = ("java.rmi/sun.rmi.registry", "java.security.jgss/sun.security.krb5")
ADD_OPENS = [
    "java.base/java.lang",
    "java.base/java.net",
    "java.base/java.io",
    "java.base/java.nio",
    "java.base/sun.nio.ch",
    "java.base/java.lang.reflect",
    "java.base/java.text",
    "java.base/java.time",
    "java.base/java.util",
    "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic",
    "java.base/java.util.concurrent.locks",
]
UNPRIVILEGED_ID = 65534
TRAFFIC = "traffic"
CORE_CONSUMER = "core-consumer"
YIELDING = "10"
"""How nice Dagster is: where processors are short, the data goes first."""
ALARM_URLS = "SETTLEMENT_ALARM_URLS"
"""Secrets: only the process that sends alarms has them."""
QUICK_START = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


@dataclass(frozen=True)
class Program:
    """One process: its name in `settlement status`, its command, and how it is stopped."""

    name: str
    command: tuple[str, ...]
    port: str | None
    environment: dict[str, str] = field(default_factory=dict)
    stop_signal: str = "TERM"
    stop_seconds: int = 45


def unprivileged(as_root: bool) -> tuple[str, ...]:
    """What precedes a command of PostgreSQL, which refuses to run as root.

    As root it runs as nobody, and may still walk to its own files through folders that only root
    can enter (a clone under /root); it gets no right to write anywhere but in its data folder.
    """
    if not as_root:
        return ()
    capability = "-all,+dac_read_search"
    return (
        "setpriv",
        f"--reuid={UNPRIVILEGED_ID}",
        f"--regid={UNPRIVILEGED_ID}",
        "--clear-groups",
        f"--inh-caps={capability}",
        f"--ambient-caps={capability}",
    )


def _jvm(
    cache: Path,
    main: str,
    class_path: list[Path],
    *options: str,
    arguments: tuple[str, ...] = (),
) -> tuple[str, ...]:
    return (
        str(java()),
        *archive_flags(cache, main, class_path),
        "-Duser.timezone=UTC",
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:-UsePerfData",
        *options,
        "-cp",
        ":".join(str(path) for path in class_path),
        main,
        *arguments,
    )


def _flink_class_path(jars: dict[str, list[Path]]) -> list[Path]:
    return [*sorted((flink_dir() / "lib").glob("*.jar")), *jars["flink-connectors"]]


def _flink(settings: Settings, main: str, class_path: list[Path], *options: str) -> tuple[str, ...]:
    opened = [f"--add-exports={name}=ALL-UNNAMED" for name in ADD_EXPORTS]
    opened += [f"--add-opens={name}=ALL-UNNAMED" for name in ADD_OPENS]
    log = f"-Dlog4j.configurationFile={INFRA_DIR / 'flink' / 'log4j2.properties'}"
    arguments = (
        ()
        if main.endswith("SqlGateway")
        else ("--configDir", str(settings.state_dir / "conf" / "flink"))
    )
    return _jvm(settings.cache, main, class_path, log, *opened, *options, arguments=arguments)


def _postgres(name: str, settings: Settings, as_root: bool) -> Program:
    data = settings.state_dir / "data" / name
    command = (*unprivileged(as_root), str(postgres_program("postgres")), "-D", str(data))
    return Program(name, command, name, stop_signal="INT")


def data_plane(settings: Settings, jars: dict[str, list[Path]], as_root: bool) -> list[Program]:
    """The programs that the data passes."""
    conf = settings.state_dir / "conf"
    flink_home = _flink_class_path(jars)
    flink_environment = {
        "FLINK_CONF_DIR": str(conf / "flink"),
        "FLINK_LIB_DIR": str(flink_dir() / "lib"),
        "FLINK_PLUGINS_DIR": str(flink_dir() / "plugins"),
        "PGPASSFILE": str(settings.secrets_dir / "pgpass"),
    }
    kafka_log = f"-Dlog4j2.configurationFile={INFRA_DIR / 'kafka' / 'log4j2.properties'}"
    optional = flink_dir() / "opt"
    gateway_path = [*flink_home, *sorted(optional.glob("*.jar")), *jars["flink-sql-gateway"]]
    return [
        _postgres("core-postgres", settings, as_root),
        _postgres("v2-postgres", settings, as_root),
        Program(
            "zookeeper",
            _jvm(
                settings.cache,
                "org.apache.flink.runtime.zookeeper.FlinkZooKeeperQuorumPeer",
                sorted((flink_dir() / "lib").glob("*.jar")),
                "-Xmx64m",
                *QUICK_START,
                f"-Dlog4j.configurationFile={INFRA_DIR / 'flink' / 'log4j2.properties'}",
                arguments=("--zkConfigFile", str(conf / "zookeeper" / "zoo.cfg"), "--peerId", "1"),
            ),
            "zookeeper",
        ),
        Program(
            "kafka",
            _jvm(
                settings.cache,
                "kafka.Kafka",
                jars["kafka"],
                "-Xms256m",
                "-Xmx320m",
                "-XX:+UseSerialGC",
                kafka_log,
                arguments=(str(conf / "kafka" / "server.properties"),),
            ),
            "kafka",
        ),
        Program(
            "connect",
            _jvm(
                settings.cache,
                "org.apache.kafka.connect.cli.ConnectDistributed",
                jars["kafka"],
                "-Xms192m",
                "-Xmx320m",
                "-XX:+UseSerialGC",
                kafka_log,
                arguments=(str(conf / "kafka" / "connect.properties"),),
            ),
            "connect",
        ),
        Program(
            "flink-jobmanager",
            _flink(
                settings,
                "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
                flink_home,
                "-Xmx320m",
                *QUICK_START,
            ),
            "flink-jobmanager",
            flink_environment,
        ),
        Program(
            "flink-taskmanager",
            _flink(
                settings,
                "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
                flink_home,
                "-Xms576m",
                "-Xmx576m",
                "-Xmn288m",
                "-XX:MaxDirectMemorySize=192m",
                "-XX:+UseSerialGC",
            ),
            "flink-taskmanager-data",
            flink_environment,
        ),
        Program(
            "flink-sql-gateway",
            _flink(
                settings,
                "org.apache.flink.table.gateway.SqlGateway",
                gateway_path,
                "-Xmx256m",
                *QUICK_START,
            ),
            "flink-sql-gateway",
            flink_environment,
        ),
    ]


def _ours(settings: Settings) -> dict[str, str]:
    return {
        "SETTLEMENT_HOME": str(settings.state_dir),
        "SETTLEMENT_PORT_BASE": str(settings.port_base),
        "PYTHONPATH": str(PROJECT_DIR),
    }


def control_plane(settings: Settings, as_root: bool) -> list[Program]:
    """The programs that watch, orchestrate and answer: the data flows without them."""
    module = (sys.executable, "-m")
    dagster = ("nice", "-n", YIELDING, *module)
    environment = {
        **_ours(settings),
        "DAGSTER_HOME": str(settings.state_dir / "dagster"),
        "DAGSTER_PG_PASSWORD": settings.secret("dagster"),
        "DAGSTER_PG_PORT": str(settings.port("dagster-postgres")),
        "DAGSTER_CODE_PORT": str(settings.port("dagster-code")),
    }
    urls = settings.alarm_urls.get_secret_value() if settings.alarm_urls else ""
    alarms = {ALARM_URLS: " ".join(urls.split()).replace('"', "%22")}
    workspace = str(PROJECT_DIR / "workspace.yaml")
    code_port = str(settings.port("dagster-code"))
    location = "settlement_platform"
    return [
        _postgres("dagster-postgres", settings, as_root),
        Program("keeper", (*module, "settlement_platform.stack.keeper"), None, environment),
        Program(
            "api",
            (*module, "uvicorn", "--factory", "settlement_platform.api.app:create_app")
            + ("--host", LOOPBACK, "--port", str(settings.port("api")), "--log-level", "warning")
            # Streams of events never end by themselves.
            + ("--timeout-graceful-shutdown", "2"),
            "api",
            environment,
        ),
        Program(
            "dagster-code",
            (*dagster, "dagster", "code-server", "start", "-m", f"{location}.definitions")
            + ("--location-name", location, "-h", LOOPBACK, "-p", code_port),
            "dagster-code",
            {**environment, **alarms},
        ),
        Program(
            "dagster-webserver",
            (*dagster, "dagster_webserver", "-w", workspace, "-h", LOOPBACK)
            + ("-p", str(settings.port("dagster-webserver")), "--log-level", "warning"),
            "dagster-webserver",
            environment,
        ),
        Program(
            "dagster-daemon",
            (*dagster, "dagster._daemon", "run", "-w", workspace, "--log-level", "warning"),
            None,
            environment,
        ),
    ]


def core_consumer(settings: Settings) -> Program:
    """The simulated core's consumer of settlement's events; a real core has its own."""
    command = (sys.executable, "-m", "settlement_platform.simulator.events.consumer")
    return Program(CORE_CONSUMER, command, None, _ours(settings))


def demo_traffic(settings: Settings, rate: float) -> Program:
    """Live traffic into the core, operations a second: it goes on when the demo's command ends."""
    command = (sys.executable, "-m", "settlement_platform.cli.traffic", "--rate", f"{rate:g}")
    # It drains what it has issued, then writes its answer key.
    return Program(TRAFFIC, command, None, _ours(settings), stop_seconds=40)
