"""Brings the local stack up, in the order in which its parts need each other. Repeatable."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from typing import Any

from settlement_platform.capture.connect_client import ConnectClient, converge_connector
from settlement_platform.capture.local import capture_dsn, connector_specs
from settlement_platform.capture.lost_slot import read_anew_if_lost
from settlement_platform.capture.topics import converge_topics
from settlement_platform.config import Settings
from settlement_platform.contracts.topics import topic_specs
from settlement_platform.errors import StackError
from settlement_platform.stack import prepare
from settlement_platform.stack.class_archives import make_runtime_archive
from settlement_platform.stack.dashboard import make_dashboard
from settlement_platform.stack.databases import make_databases
from settlement_platform.stack.logs import last_words
from settlement_platform.stack.only_one import only_one
from settlement_platform.stack.parts import fetch_all
from settlement_platform.stack.preflight import preflight
from settlement_platform.stack.programs import (
    CORE_CONSUMER,
    Program,
    control_plane,
    core_consumer,
    data_plane,
    demo_traffic,
)
from settlement_platform.stack.readiness import await_ready
from settlement_platform.stack.status import read_restarts
from settlement_platform.stack.stopping import remove, stop_all
from settlement_platform.stack.supervision import Supervisor, log_path
from settlement_platform.stack.traffic_wish import want_no_traffic, wanted_rate
from settlement_platform.storage.engine import reached
from settlement_platform.storage.migrate import upgrade
from settlement_platform.streaming.cluster import local_cluster
from settlement_platform.streaming.deploy import converge_job
from settlement_platform.streaming.jobs import JobSpec, job_specs

READY_SECONDS = 240.0
"""A program that lives may be slow on a busy machine; one that keeps dying is told apart."""
LOOK_SECONDS = 1.0
"""So often a wait looks whether it is in vain."""
MOST_STARTS = 5
"""A program that was started so often during one wait, and does not answer, will not."""
PROGRESS_SECONDS = 1.5
Say = Callable[[str], None]
MakeCore = Callable[[str], None]
"""Makes the core's tables, given its superuser's DSN: they are the simulator's, not the stack's."""


def hopeless(about: dict[str, Any], starts: int, last_words: str) -> str | None:
    """Why a program will never answer, None while it may. Pure.

    From what supervisord knows of it, how often it was started during this wait, and its log's end.
    """
    if about["spawnerr"]:
        return f"{about['name']} cannot be started: {about['spawnerr']}"
    if starts >= MOST_STARTS:
        return f"{about['name']} stops as soon as it is started: {last_words}"
    return None


class _Bringing:
    """One run of `up`: the programs by name, and what is said about each step."""

    def __init__(self, settings: Settings, say: Say, make_core: MakeCore, waiting: Say) -> None:
        self.settings = settings
        self.say = say
        self.make_core = make_core
        self.tell_waiting = waiting
        self.supervisor = Supervisor(settings)
        self.as_root = os.geteuid() == 0
        self.began = time.monotonic()
        self.given_up = threading.Event()
        self._waited: list[str] = []
        self._last_progress = self.began

    def done(self, what: str) -> None:
        self.say(f"{time.monotonic() - self.began:5.1f} s  {what}")

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Something that takes its time: named while it does."""
        self._waited.append(what)
        self.tell_waiting(", ".join(self._waited))
        try:
            yield
        finally:
            self._waited.remove(what)
            self.tell_waiting(", ".join(self._waited))

    def start(self, *names: str) -> None:
        for name in names:
            self.supervisor.start_program(name)

    def ready(self, name: str) -> None:
        """Wait for a program, no longer than it may still come. Raises StackError."""
        before = read_restarts(self.settings).get(name, 0)
        deadline = time.monotonic() + READY_SECONDS
        with self.waiting(name):
            while True:
                try:
                    await_ready(self.settings, name, LOOK_SECONDS)
                    break
                except StackError as error:
                    if time.monotonic() > deadline or self.given_up.is_set():
                        raise StackError(
                            f"{name} does not answer after {READY_SECONDS:.0f} s: "
                            f"{error.__cause__}",
                            error.remedy,
                        ) from error
                    self._raise_if_hopeless(name, before, error)
        self.done(f"{name} is ready")

    def _raise_if_hopeless(self, name: str, restarts_before: int, error: StackError) -> None:
        starts = read_restarts(self.settings).get(name, 0) - restarts_before
        for about in self.supervisor.processes():
            if about["name"] == name:
                said = last_words(log_path(self.settings, name))
                cause = hopeless(about, starts, said)
                if cause is not None:
                    raise StackError(cause, f"read 'settlement logs {name}'") from error

    def prepare(self) -> None:
        with self.waiting("what an earlier stack left behind"):
            preflight(self.settings, self.as_root, self.done)
        self._last_progress = time.monotonic()
        with self.waiting("the JVM parts"):
            jars = fetch_all(self._fetched)
            make_runtime_archive()
        prepare.make_secrets(self.settings)
        prepare.write_configuration(self.settings, jars)
        with self.waiting("the data folders"), ThreadPoolExecutor() as pool:
            steps = [
                pool.submit(prepare.make_postgres, self.settings, name, self.as_root)
                for name in prepare.POSTGRES_SERVERS
            ]
            steps.append(pool.submit(prepare.make_kafka, self.settings, jars))
            for step in steps:
                step.result()
        programs: list[Program] = data_plane(self.settings, jars, self.as_root)
        programs += [core_consumer(self.settings), *control_plane(self.settings, self.as_root)]
        rate = wanted_rate(self.settings)
        if rate is not None:
            programs.append(demo_traffic(self.settings, rate))
        self.supervisor.start(programs)
        self.done("parts, configuration and data folders are there")

    def _fetched(self, count: int, total: int, coordinate: str) -> None:
        """Parts that are there already pass in a moment; a download is reported as it goes."""
        now = time.monotonic()
        if now - self._last_progress > PROGRESS_SECONDS:
            self._last_progress = now
            self.done(f"JVM parts: {count} of {total} ({coordinate})")

    def core(self) -> None:
        self.ready("core-postgres")
        make_databases(self.settings, "core-postgres")
        self.make_core(self.settings.core_admin_dsn)

    def v2(self) -> None:
        self.ready("v2-postgres")
        make_databases(self.settings, "v2-postgres")
        upgrade(self.settings.v2_owner_dsn)
        self.start("keeper", "api")

    def dagster(self) -> None:
        self.ready("dagster-postgres")
        make_databases(self.settings, "dagster-postgres")
        self.start("dagster-code", "dagster-webserver", "dagster-daemon")

    def kafka(self) -> None:
        self.ready("kafka")
        for change in converge_topics(self.settings.kafka, topic_specs()):
            self.done(f"topic: {change}")
        self.start("connect")
        self.ready("connect")

    def flink(self) -> None:
        for name in ("flink-jobmanager", "flink-taskmanager", "flink-sql-gateway"):
            self.ready(name)

    def side_by_side(self, *steps: Callable[[], None]) -> None:
        """All steps at once. Raises the first error as soon as the others have noticed it."""
        with ThreadPoolExecutor(len(steps)) as pool:
            running = [pool.submit(step) for step in steps]
            try:
                ended, _ = wait(running, return_when=FIRST_EXCEPTION)
                for step in ended:
                    step.result()
            except BaseException:
                self.given_up.set()
                raise

    def deploy(self) -> None:
        settings = self.settings
        for spec in connector_specs(settings):
            with self.waiting(f"connector {spec.name}"), ConnectClient(settings.connect) as connect:
                was_lost = read_anew_if_lost(connect, capture_dsn(settings, spec), spec)
                outcome = converge_connector(connect, spec)
            if was_lost:
                self.done(f"connector {spec.name}: its slot was lost; it reads all tables anew")
            self.done(f"connector {spec.name}: {outcome}")
        self.start(CORE_CONSUMER)
        self.side_by_side(*(partial(self.job, spec) for spec in job_specs().values()))

    def job(self, spec: JobSpec) -> None:
        with self.waiting(f"job {spec.name}"), reached(self.settings.v2_owner_dsn) as v2:
            action, job_id = converge_job(local_cluster(self.settings), v2, spec)
        self.done(f"job {spec.name}: {type(action).__name__.lower()} ({job_id})")

    def answering(self) -> None:
        """Those that people ask: they come last, because data flows without them."""
        for name in ("api", "dagster-webserver"):
            self.ready(name)
        try:
            with self.waiting("the dashboard (built once for each version of it)"):
                make_dashboard(self.settings)
        except StackError as error:
            # Everything but one page is there: nobody is helped by a stack that does not start.
            self.done(f"WITHOUT the dashboard: {error}; {error.remedy}")
        else:
            self.done(f"the dashboard is at {self.settings.api}/")


def up(settings: Settings, say: Say, make_core: MakeCore, waiting: Say = lambda _: None) -> None:
    """Start everything that does not run, deploy what is not deployed; changes nothing twice.

    Says each step as it is done, and calls `waiting` with what is waited for whenever that changes.
    Raises SettlementError with a cause and a remedy.
    """
    with only_one(settings, waiting):
        bringing = _Bringing(settings, say, make_core, waiting)
        bringing.prepare()
        bringing.start("core-postgres", "v2-postgres", "dagster-postgres", "zookeeper", "kafka")
        bringing.start("flink-jobmanager", "flink-taskmanager", "flink-sql-gateway")
        bringing.side_by_side(
            bringing.core, bringing.v2, bringing.dagster, bringing.kafka, bringing.flink
        )
        bringing.deploy()
        bringing.answering()


def down(settings: Settings, purge: bool, say: Say) -> None:
    """Stop every program and supervisord; `purge` removes the home as well. Repeatable."""
    began = time.monotonic()

    def done(what: str) -> None:
        say(f"{time.monotonic() - began:5.1f} s  {what}")

    if not settings.state_dir.exists():
        done(f"nothing is there to stop: {settings.state_dir} does not exist")
        return
    with only_one(settings, lambda what: done(f"waiting for {what}")):
        stop_all(settings, done)
        want_no_traffic(settings)
        if purge:
            remove(settings.state_dir)
            done(f"removed {settings.state_dir}")
