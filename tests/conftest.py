"""Fixtures: real servers, started for the tests and stopped after them, on ports of their own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest

from settlement_platform.config import Settings
from settlement_platform.defs.resources import Capture, Flink, Flow, Mail, Outside, V2Database
from settlement_platform.simulator.core_writer import apply_schema
from settlement_platform.stack import prepare
from settlement_platform.stack.databases import make_databases
from settlement_platform.stack.parts import postgres_program
from settlement_platform.stack.programs import unprivileged
from settlement_platform.stack.readiness import await_ready
from settlement_platform.stack.supervision import Supervisor
from settlement_platform.stack.up import down, up
from settlement_platform.storage.migrate import upgrade

DATABASES_PORT_BASE = int(os.environ.get("SETTLEMENT_TEST_PORT_BASE", "6100"))
STACK_PORT_BASE = DATABASES_PORT_BASE + 100
STOP_SECONDS = 30


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """By turn: what needs little in the core before what fills it or takes a topic's past away."""

    def turn(item: pytest.Item) -> int:
        mark = item.get_closest_marker("turn")
        return 0 if mark is None else int(mark.args[0])

    items.sort(key=turn)


@pytest.fixture(scope="session")
def databases() -> Iterator[Settings]:
    """The PostgreSQL servers alone, with roles, schemas and migrations."""
    home = Path(tempfile.mkdtemp(prefix="settlement-databases-"))
    wanted = Settings(home=home, port_base=DATABASES_PORT_BASE)
    as_root = os.geteuid() == 0
    prepare.make_secrets(wanted)
    servers = []
    try:
        for name in prepare.POSTGRES_SERVERS:
            prepare.make_postgres(wanted, name, as_root)
            command = (*unprivileged(as_root), str(postgres_program("postgres")), "-D")
            log = (home / f"{name}.log").open("w")
            data = str(home / "data" / name)
            servers.append(subprocess.Popen((*command, data), stdout=log, stderr=log))
            log.close()
        for name in prepare.POSTGRES_SERVERS:
            await_ready(wanted, name, 60)
            make_databases(wanted, name)
        apply_schema(wanted.core_admin_dsn)
        upgrade(wanted.v2_owner_dsn)
        yield wanted
    finally:
        for server in servers:
            server.send_signal(signal.SIGINT)  # fast: it waits for no client
        for server in servers:
            server.wait(STOP_SECONDS)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def core_dsn(databases: Settings) -> str:
    """The core database as its application, schema applied."""
    return databases.core_dsn


@pytest.fixture(scope="session")
def v2_owner_dsn(databases: Settings) -> str:
    """V2 as the owner of its tables, migrated."""
    return databases.v2_owner_dsn


@pytest.fixture(scope="session")
def migrated_template(databases: Settings) -> str:
    """The name of a migrated, empty database on V2's server, to make others from."""
    name = "migrated_template"
    with psycopg.connect(databases.v2_admin_dsn, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} OWNER v2_owner".encode())
    upgrade(on_database(databases, name).v2_owner_dsn)
    return name


def on_database(settings: Settings, name: str) -> Settings:
    """The same servers, with another database as V2."""
    return Settings(
        home=settings.home,
        port_base=settings.port_base,
        **{
            f"{role}_override": getattr(settings, role).rpartition("/")[0] + f"/{name}"
            for role in ("v2_dsn", "v2_owner_dsn", "v2_api_dsn")
        },
    )


NewV2 = Callable[[], AbstractContextManager[Settings]]


@pytest.fixture(scope="session")
def new_v2(databases: Settings, migrated_template: str) -> NewV2:
    """Opens the servers with a V2 that nobody else has: migrated, and empty."""

    @contextmanager
    def opened() -> Iterator[Settings]:
        name = f"own_{uuid.uuid4().hex}"
        with psycopg.connect(databases.v2_admin_dsn, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}".encode())
            admin.execute(f"ALTER DATABASE {name} OWNER TO v2_owner".encode())
            yield on_database(databases, name)
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    return opened


@pytest.fixture
def own_v2(new_v2: NewV2) -> Iterator[Settings]:
    """The servers with a V2 that no other test has: migrated, and empty."""
    with new_v2() as opened:
        yield opened


@pytest.fixture(scope="session")
def stack_settings() -> Iterator[Settings]:
    """The whole real chain, up and empty, shared by the tests that are marked e2e."""
    home = Path(tempfile.mkdtemp(prefix="settlement-stack-"))
    wanted = Settings(home=home, port_base=STACK_PORT_BASE)
    try:
        up(wanted, lambda line: print(line, file=sys.stderr), apply_schema)
        yield wanted
    finally:
        keep = os.environ.get("SETTLEMENT_TEST_LOGS")
        if keep:
            shutil.copytree(home / "logs", keep, dirs_exist_ok=True)
        down(wanted, purge=True, say=print)


WaitFor = Callable[..., None]


@pytest.fixture(scope="session")
def wait_for() -> WaitFor:
    """`wait_for(condition, what, bound_seconds)`: until it holds; fails with `what`, or with what
    `what()` says then, when it is over its bound."""

    def wait(
        condition: Callable[[], bool], what: str | Callable[[], str], bound_seconds: float = 90.0
    ) -> None:
        pause, deadline = threading.Event(), time.monotonic() + bound_seconds
        while not condition():
            assert time.monotonic() < deadline, what if isinstance(what, str) else what()
            pause.wait(0.1)

    return wait


Tick = Callable[..., dg.SensorResult]
RESOURCES = {
    "capture": Capture,
    "flink": Flink,
    "flow": Flow,
    "mail": Mail,
    "v2": V2Database,
    "outside": Outside,
}


@pytest.fixture(scope="session")
def tick() -> Tick:
    """`tick(sensor, settings, instance=None, cursor=None)`: a sensor, evaluated once on a stack."""

    def evaluate(
        sensor: dg.SensorDefinition,
        given: Settings,
        instance: dg.DagsterInstance | None = None,
        cursor: str | None = None,
    ) -> dg.SensorResult:
        wanted = sensor.required_resource_keys
        resources = {name: RESOURCES[name](settings=lambda: given) for name in wanted}
        with dg.build_sensor_context(instance, cursor, resources=resources) as context:
            found = sensor(context)
        assert isinstance(found, dg.SensorResult)
        return found

    return evaluate


Listening = Callable[..., AbstractContextManager[tuple[int, list[dict[str, Any]]]]]


@pytest.fixture(scope="session")
def listening() -> Listening:
    """`listening(status=200)`: a webhook; its port, and what it was sent."""

    @contextmanager
    def listen(status: int = 200) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        got: list[dict[str, Any]] = []

        class Webhook(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Webhook) as server:
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            try:
                yield server.server_address[1], got
            finally:
                server.shutdown()
                thread.join()

    return listen


@pytest.fixture(scope="module")
def alone(stack_settings: Settings) -> Iterator[Settings]:
    """The stack without Dagster's daemon, which would look and heal as well."""
    supervisor = Supervisor(stack_settings)
    supervisor.stop_program("dagster-daemon")
    yield stack_settings
    supervisor.start_program("dagster-daemon")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where nothing may be skipped, a skipped test fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and os.environ.get("SETTLEMENT_NO_SKIPS"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
