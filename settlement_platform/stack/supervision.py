"""supervisord keeps the programs alive. Here: its configuration, and a client for its socket."""

from __future__ import annotations

import hashlib
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import xmlrpc.client
from pathlib import Path
from typing import Any

import psutil
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from settlement_platform.config import Settings
from settlement_platform.errors import StackError
from settlement_platform.stack.programs import ALARM_URLS, Program

LOG_BYTES = 10 * 1024**2
LOG_BACKUPS = 2
ANSWER_SECONDS = 15.0
START_SECONDS = 10
STOP_SECONDS = 90
"""Longer than any program is given to stop by itself."""
LONGEST_SOCKET_PATH = 100


def socket_path(settings: Settings) -> Path:
    """supervisord's socket: under the home, or in a temporary folder when that path is too long."""
    path = settings.state_dir / "run" / "supervisor.sock"
    if len(str(path)) <= LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(str(settings.state_dir).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"settlement-{digest}.sock"


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def _section(program: Program, settings: Settings) -> str:
    environment = ",".join(f'{k}="{_escaped(v)}"' for k, v in program.environment.items())
    command = " ".join(f"'{part}'" if " " in part else part for part in program.command)
    return f"""
[program:{program.name}]
command={_escaped(command)}
environment={environment}
directory={_escaped(str(settings.state_dir))}
autostart=false
autorestart=true
startsecs=1
startretries=1000000
stopsignal={program.stop_signal}
stopwaitsecs={program.stop_seconds}
stopasgroup=false
killasgroup=true
redirect_stderr=true
stdout_logfile={_escaped(str(log_path(settings, program.name)))}
stdout_logfile_maxbytes={LOG_BYTES}
stdout_logfile_backups={LOG_BACKUPS}
"""


def log_path(settings: Settings, name: str) -> Path:
    """The log of one program."""
    return settings.state_dir / "logs" / f"{name}.log"


def configuration(settings: Settings, programs: list[Program]) -> str:
    """supervisord's configuration file."""
    run = settings.state_dir / "run"
    head = f"""[supervisord]
logfile={_escaped(str(settings.state_dir / "logs" / "supervisord.log"))}
pidfile={_escaped(str(run / "supervisord.pid"))}
logfile_maxbytes={LOG_BYTES}
logfile_backups=1
loglevel=info

[unix_http_server]
file={_escaped(str(socket_path(settings)))}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""
    if os.geteuid() == 0:
        head = head.replace("[supervisord]\n", "[supervisord]\nuser=root\n")
    return head + "".join(_section(program, settings) for program in programs)


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class _Transport(xmlrpc.client.Transport):
    """XML-RPC over a socket of this machine, no call of which takes longer than its bound."""

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__()
        self._path, self._seconds = path, seconds

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = _Connection(self._path, self._seconds)
        self._connection = host, connection
        return connection


class Supervisor:
    """supervisord of one home, spoken to over its socket."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._configuration = settings.state_dir / "run" / "supervisord.conf"

    def _call(self, method: str, *arguments: object, seconds: float | None = None) -> Any:
        """One call on a connection of its own.

        Raises OSError when nobody listens, StackError when supervisord listens and says nothing.
        """
        bound = ANSWER_SECONDS if seconds is None else seconds
        transport = _Transport(socket_path(self._settings), bound)
        try:
            with xmlrpc.client.ServerProxy("http://loopback", transport=transport) as proxy:
                return getattr(proxy.supervisor, method)(*arguments)
        except TimeoutError as error:
            raise StackError(
                f"supervisord of {self._settings.state_dir} says nothing for {bound:.0f} s",
                "read 'settlement logs supervisord', and look for a process that is stopped",
            ) from error

    def running(self) -> bool:
        """Whether supervisord answers."""
        try:
            return bool(self._call("getState")["statename"] == "RUNNING")
        except (OSError, xmlrpc.client.Error, ConnectionError):
            return False

    def processes(self) -> list[dict[str, Any]]:
        """What supervisord knows of each program; empty when it does not run."""
        if not self.running():
            return []
        return list(self._call("getAllProcessInfo"))

    def start(self, programs: list[Program]) -> None:
        """Start supervisord, or make the one that runs read changed programs. Starts no program."""
        self._configuration.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._configuration, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(configuration(self._settings, programs))
        if self.running():
            self._reload()
            return
        socket_path(self._settings).unlink(missing_ok=True)
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        for name in ("PYTHONDONTWRITEBYTECODE", ALARM_URLS):
            environment.pop(name, None)
        subprocess.run(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._configuration)],
            check=True,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._await_running()

    def _reload(self) -> None:
        added, changed, removed = self._call("reloadConfig")[0]
        for name in (*changed, *removed):
            self._call("stopProcessGroup", name, seconds=STOP_SECONDS)
            self._call("removeProcessGroup", name)
        for name in (*changed, *added):
            self._call("addProcessGroup", name)

    def _await_running(self) -> None:
        looking = Retrying(
            retry=retry_if_result(lambda runs: not runs),
            stop=stop_after_delay(START_SECONDS),
            wait=wait_fixed(0.1),
        )
        try:
            looking(self.running)
        except RetryError as error:
            raise StackError(
                f"supervisord does not answer {START_SECONDS} s after its start",
                "read 'settlement logs supervisord'",
            ) from error

    def start_program(self, name: str) -> None:
        """Start one program unless it runs. Raises StackError when supervisord will not."""
        try:
            self._call("startProcess", name, False)
        except xmlrpc.client.Fault as fault:
            if "ALREADY_STARTED" not in fault.faultString:
                raise StackError(
                    f"{name} cannot be started: {fault.faultString}",
                    f"read 'settlement logs {name}'",
                ) from fault

    def stop_program(self, name: str) -> None:
        """Stop one program unless it is stopped."""
        try:
            self._call("stopProcess", name, True, seconds=STOP_SECONDS)
        except xmlrpc.client.Fault as fault:
            if "NOT_RUNNING" not in fault.faultString:
                raise

    def shutdown(self) -> None:
        """Stop supervisord itself and wait until its process has gone."""
        if not self.running():
            return
        pid = self._call("getPID")
        # All at once: left to itself supervisord stops one program after the other.
        self._call("stopAllProcesses", False)
        self._call("shutdown")
        try:
            psutil.Process(pid).wait(timeout=STOP_SECONDS)
        except psutil.NoSuchProcess:
            return
        except psutil.TimeoutExpired:
            raise StackError(
                f"supervisord (pid {pid}) does not stop", f"look at it with 'ps {pid}'"
            ) from None
