"""Brings the local stack up, in the order in which its parts need each other. Repeatable."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from settlement_platform.capture.connect_client import ConnectClient, converge_connector
from settlement_platform.capture.connectors import core_connector
from settlement_platform.capture.topics import converge_topics
from settlement_platform.config import CORE_DATABASE, LOOPBACK, PORT_OFFSETS, V2_DATABASE, Settings
from settlement_platform.contracts.topics import topic_specs
from settlement_platform.errors import StackError
from settlement_platform.stack import prepare
from settlement_platform.stack.databases import make_databases
from settlement_platform.stack.parts import fetch_all
from settlement_platform.stack.programs import Program, control_plane, data_plane
from settlement_platform.stack.readiness import await_ready
from settlement_platform.stack.supervision import Supervisor
from settlement_platform.storage.engine import engine
from settlement_platform.storage.migrate import upgrade
from settlement_platform.streaming.deploy import Cluster, converge_job
from settlement_platform.streaming.jobs import job_specs

READY_SECONDS = 90.0
Say = Callable[[str], None]
MakeCore = Callable[[str], None]
"""Makes the core's tables, given its superuser's DSN: they are the simulator's, not the stack's."""


def check_ports(settings: Settings, taken_by_us: bool) -> None:
    """Raises StackError when a port of the stack belongs to somebody else."""
    if taken_by_us:
        return
    for name in PORT_OFFSETS:
        port = settings.port(name)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                raise StackError(
                    f"port {port} ({name}) is taken{_holder(port)}",
                    "stop that process, or set SETTLEMENT_PORT_BASE to move all ports",
                ) from None


def _holder(port: int) -> str:
    for connection in psutil.net_connections("tcp"):
        if connection.laddr and connection.laddr.port == port and connection.pid:
            return f" by {psutil.Process(connection.pid).name()} (pid {connection.pid})"
    return ""


def cluster(settings: Settings) -> Cluster:
    """The local Flink, as the deployer needs to know it."""
    return Cluster(
        flink_url=settings.flink,
        gateway_url=settings.sql_gateway,
        state_dir=settings.state_dir / "data" / "flink",
        kafka=settings.kafka,
        v2_jdbc_url=(
            f"jdbc:postgresql://{LOOPBACK}:{settings.port('v2-postgres')}/{V2_DATABASE}"
            "?user=v2_stream&reWriteBatchedInserts=true&stringtype=unspecified&ApplicationName=flink"
        ),
    )


class _Bringing:
    """One run of `up`: the programs by name, and what is said about each step."""

    def __init__(self, settings: Settings, say: Say, make_core: MakeCore) -> None:
        self.settings = settings
        self.say = say
        self.make_core = make_core
        self.supervisor = Supervisor(settings)
        self.as_root = os.geteuid() == 0
        self.began = time.monotonic()

    def done(self, what: str) -> None:
        self.say(f"{time.monotonic() - self.began:5.1f} s  {what}")

    def start(self, *names: str) -> None:
        for name in names:
            self.supervisor.start_program(name)

    def ready(self, name: str) -> None:
        await_ready(self.settings, name, READY_SECONDS)
        self.done(f"{name} is ready")

    def prepare(self) -> None:
        check_disk_and_ports(self.settings, self.supervisor)
        jars = fetch_all(self._downloaded)
        prepare.make_secrets(self.settings)
        prepare.write_configuration(self.settings, jars)
        with ThreadPoolExecutor() as pool:
            steps = [
                pool.submit(prepare.make_postgres, self.settings, name, self.as_root)
                for name in prepare.POSTGRES_SERVERS
            ]
            steps.append(pool.submit(prepare.make_kafka, self.settings, jars))
            for step in steps:
                step.result()
        programs: list[Program] = data_plane(self.settings, jars, self.as_root)
        self.supervisor.start([*programs, *control_plane(self.settings)])
        self.done("parts, configuration and data folders are there")

    def _downloaded(self, count: int, total: int, coordinate: str) -> None:
        if count == total or count % 20 == 0:
            self.done(f"JVM parts verified: {count} of {total} ({coordinate})")

    def core(self) -> None:
        self.ready("core-postgres")
        make_databases(self.settings, "core-postgres")
        self.make_core(self.settings.core_admin_dsn)

    def v2(self) -> None:
        self.ready("v2-postgres")
        make_databases(self.settings, "v2-postgres")
        upgrade(self.settings.v2_owner_dsn)
        self.start("keeper", "api", "dagster-code", "dagster-webserver", "dagster-daemon")

    def kafka(self) -> None:
        self.ready("kafka")
        for change in converge_topics(self.settings.kafka, topic_specs()):
            self.done(f"topic: {change}")
        self.start("connect")
        self.ready("connect")

    def flink(self) -> None:
        for name in ("flink-jobmanager", "flink-taskmanager", "flink-sql-gateway"):
            self.ready(name)

    def deploy(self) -> None:
        settings = self.settings
        spec = core_connector(
            LOOPBACK, settings.port("core-postgres"), CORE_DATABASE, str(settings.secrets_dir)
        )
        outcome = converge_connector(ConnectClient(settings.connect), spec)
        self.done(f"connector {spec.name}: {outcome}")
        v2 = engine(settings.v2_owner_dsn)
        for name, job in job_specs().items():
            action, job_id = converge_job(cluster(settings), v2, job)
            self.done(f"job {name}: {type(action).__name__.lower()} ({job_id})")
        v2.dispose()


def check_disk_and_ports(settings: Settings, supervisor: Supervisor) -> None:
    """What must hold before anything is written or started."""
    prepare.check_disk(settings)
    check_ports(settings, supervisor.running())


def up(settings: Settings, say: Say, make_core: MakeCore) -> None:
    """Start everything that does not run, deploy what is not deployed; changes nothing twice.

    Says each step as it is done. Raises SettlementError with a cause and a remedy.
    """
    bringing = _Bringing(settings, say, make_core)
    bringing.prepare()
    bringing.start("core-postgres", "v2-postgres", "zookeeper", "kafka")
    bringing.start("flink-jobmanager", "flink-taskmanager", "flink-sql-gateway")
    with ThreadPoolExecutor() as pool:
        steps = [
            pool.submit(step)
            for step in (bringing.core, bringing.v2, bringing.kafka, bringing.flink)
        ]
        for step in steps:
            step.result()
    bringing.deploy()


def down(settings: Settings, purge: bool, say: Say) -> None:
    """Stop every program and supervisord; `purge` removes the home as well. Repeatable."""
    supervisor = Supervisor(settings)
    if supervisor.running():
        say("stopping every program")
        supervisor.shutdown()
    if purge:
        _remove(settings.state_dir)
        say(f"removed {settings.state_dir}")


def _remove(home: Path) -> None:
    """Remove a home, and nothing that only looks like one."""
    import shutil  # noqa: PLC0415

    if home.exists() and not (home / "secrets").is_dir():
        raise StackError(f"{home} is not the home of a stack", "set SETTLEMENT_HOME to one")
    shutil.rmtree(home, ignore_errors=True)
