"""Makes what the programs need under SETTLEMENT_HOME: secrets, configuration, data folders.

Every step is repeatable: what is complete is left as it is, what is half-made is made again.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import uuid
from pathlib import Path
from string import Template

from settlement_platform.config import LOOPBACK, Settings
from settlement_platform.errors import StackError
from settlement_platform.stack.parts import INFRA_DIR, PROJECT_DIR, java, postgres_program
from settlement_platform.stack.programs import UNPRIVILEGED_ID, unprivileged

SECRET_NAMES = (
    "postgres",
    "core_app",
    "settlement_capture",
    "v2_owner",
    "v2_stream",
    "v2_reader",
    "v2_api",
    "v2_capture",
    "dagster",
)
POSTGRES_SERVERS = {
    "core-postgres": {"shared_buffers": "96MB", "commit_delay": "2000"},
    "v2-postgres": {"shared_buffers": "192MB", "commit_delay": "0"},
    "dagster-postgres": {"shared_buffers": "48MB", "commit_delay": "0"},
}
NEEDED_BYTES = 2 * 1024**3
SETUP_TIMEOUT_SECONDS = 120


def check_disk(settings: Settings) -> None:
    """Raises StackError when the disk has no room for the data folders."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.state_dir).free
    if free < NEEDED_BYTES:
        raise StackError(
            f"the disk of {settings.state_dir} has {free // 2**20} MiB free, "
            f"{NEEDED_BYTES // 2**20} MiB are needed",
            "free some space, or set SETTLEMENT_HOME to a folder on another disk",
        )


def make_secrets(settings: Settings) -> None:
    """One random password a role, made on the first start and kept."""
    folder = settings.secrets_dir
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in SECRET_NAMES:
        path = folder / name
        if not path.exists() or not path.read_text():
            _write_private(path, secrets.token_urlsafe(32))
    port = settings.port("v2-postgres")
    password = settings.secret("v2_stream")
    _write_private(folder / "pgpass", f"{LOOPBACK}:{port}:*:v2_stream:{password}\n")


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def write_configuration(settings: Settings, jars: dict[str, list[Path]]) -> None:
    """The configuration files of the JVM programs, from the fragments in infra/."""
    values = {
        "state_dir": settings.state_dir,
        "kafka_port": settings.port("kafka"),
        "kafka_controller_port": settings.port("kafka-controller"),
        "connect_port": settings.port("connect"),
        "flink_port": settings.port("flink-jobmanager"),
        "flink_rpc_port": settings.port("flink-jobmanager-rpc"),
        "blob_port": settings.port("flink-jobmanager-blob"),
        "taskmanager_rpc_port": settings.port("flink-taskmanager-rpc"),
        "taskmanager_data_port": settings.port("flink-taskmanager-data"),
        "gateway_port": settings.port("flink-sql-gateway"),
        "zookeeper_port": settings.port("zookeeper"),
        "zookeeper_peer_port": settings.port("zookeeper-peer"),
        "zookeeper_election_port": settings.port("zookeeper-election"),
    }
    for fragment in (
        "kafka/server.properties",
        "kafka/connect.properties",
        "flink/config.yaml",
        "zookeeper/zoo.cfg",
    ):
        target = settings.state_dir / "conf" / fragment
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(Template((INFRA_DIR / fragment).read_text()).substitute(values))
    (settings.cache / "class-archives").mkdir(parents=True, exist_ok=True)
    for folder in ("logs", "run", "tmp", "data/flink", "data/zookeeper", "dagster"):
        (settings.state_dir / folder).mkdir(parents=True, exist_ok=True)
    (settings.state_dir / "data" / "zookeeper" / "myid").write_text("1\n")
    plugins = settings.state_dir / "plugins" / "debezium"
    shutil.rmtree(plugins, ignore_errors=True)
    plugins.mkdir(parents=True)
    for jar in jars["debezium"]:
        (plugins / jar.name).symlink_to(jar)
    instance = settings.state_dir / "dagster" / "dagster.yaml"
    shutil.copyfile(PROJECT_DIR / "dagster.yaml", instance)


def _run(what: str, command: tuple[str, ...]) -> None:
    """Runs a set-up program to its end. Raises StackError with the end of what it printed."""
    try:
        subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=SETUP_TIMEOUT_SECONDS
        )
    except FileNotFoundError as error:
        raise StackError(
            f"{what}: the program {error.filename} is missing",
            "install it (setpriv is part of util-linux), or run as another account than root",
        ) from error
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        last = str(error.stderr or error).strip().splitlines()[-1:]
        raise StackError(
            f"{what} failed: {' '.join(last)}", "read 'settlement doctor', then try again"
        ) from error


def make_postgres(settings: Settings, name: str, as_root: bool) -> None:
    """A server's data folder. It appears under its name only when it is complete."""
    data = settings.state_dir / "data" / name
    if not (data / "PG_VERSION").exists():
        half_made = data.with_name(f"{name}.making")
        for leftover in (half_made, data):
            shutil.rmtree(leftover, ignore_errors=True)
        half_made.mkdir(parents=True)
        password_file = half_made.with_name(f"{name}.password")
        _write_private(password_file, settings.secret("postgres"))
        if as_root:
            for path in (half_made, password_file):
                os.chown(path, UNPRIVILEGED_ID, UNPRIVILEGED_ID)
        _run(
            f"initdb of {name}",
            (*unprivileged(as_root), str(postgres_program("initdb")), "-D", str(half_made))
            + ("-U", "postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256")
            + (f"--pwfile={password_file}", "--data-checksums"),
        )
        password_file.unlink()
        half_made.rename(data)
    fragment = Template((INFRA_DIR / "postgres" / "common.conf").read_text())
    text = fragment.substitute(port=settings.port(name), **POSTGRES_SERVERS[name])
    # Options of ours in a file of their own, read last.
    (data / "postgresql.auto.conf").write_text(text)


def make_kafka(settings: Settings, jars: dict[str, list[Path]]) -> None:
    """The broker's data folder, formatted once."""
    data = settings.state_dir / "data" / "kafka"
    if (data / "meta.properties").exists():
        return
    shutil.rmtree(data, ignore_errors=True)
    class_path = ":".join(str(path) for path in jars["kafka"])
    configuration = str(settings.state_dir / "conf" / "kafka" / "server.properties")
    _run(
        "formatting Kafka's data folder",
        (str(java()), "-cp", class_path, "kafka.tools.StorageTool", "format")
        + ("-t", uuid.uuid4().hex[:22], "-c", configuration),
    )
