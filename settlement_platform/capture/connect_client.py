"""Kafka Connect's REST interface: connectors, their tasks, their offsets, and plugins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

from settlement_platform.capture.connectors import ConnectorSpec
from settlement_platform.errors import CaptureError
from settlement_platform.patience import PATIENCE_SECONDS
from settlement_platform.rest import Rest, System

TIMEOUT_SECONDS = 20.0
REBALANCING = 409
"""So Connect answers while its workers agree on who runs what; it passes."""
NOT_FOUND = 404
HALTED = ("PAUSED", "STOPPED")
"""Somebody halted it: Connect itself will never let it go on."""
CONNECT = System("Kafka Connect", "connect", CaptureError, passing=frozenset({REBALANCING}))


@dataclass(frozen=True)
class TaskStatus:
    """A task of a connector: its state in Connect's word, who runs it, why it failed."""

    number: int
    state: str
    worker: str
    trace: str | None


@dataclass(frozen=True)
class ConnectorStatus:
    """A connector and its tasks: `state` is the connector's own, in Connect's word."""

    state: str
    worker: str
    tasks: tuple[TaskStatus, ...]


@dataclass(frozen=True)
class Plugin:
    """A class that Connect can run: `kind` is source, sink, converter, transformation, …"""

    class_name: str
    kind: str
    version: str | None


@dataclass(frozen=True)
class SourceOffset:
    """How far a connector has come in one partition of its source, in that connector's words."""

    partition: dict[str, Any]
    offset: dict[str, Any] | None


class ConnectClient:
    """One Connect cluster. Every call raises CaptureError with Connect's own words."""

    def __init__(self, url: str, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._rest = Rest(CONNECT, url, TIMEOUT_SECONDS, patience_seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._rest.close()

    def _of(self, method: str, name: str, path: str = "", body: object = None) -> Any:
        return self._rest.ask(method, f"{_path(name)}{path}", body)

    def _find(self, name: str, path: str) -> Any:
        return self._rest.ask("GET", f"{_path(name)}{path}", none_if=(NOT_FOUND,))

    def connectors(self) -> dict[str, ConnectorStatus]:
        """Every connector by name."""
        found = self._rest.ask("GET", "/connectors?expand=status")
        return {name: _status(about["status"]) for name, about in found.items()}

    def config(self, name: str) -> dict[str, str] | None:
        """A connector's configuration as it runs, None when there is no such connector."""
        found = self._find(name, "/config")
        return None if found is None else dict(found)

    def status(self, name: str) -> ConnectorStatus | None:
        """State of a connector and of its tasks, None when there is no such connector."""
        found = self._find(name, "/status")
        return None if found is None else _status(found)

    def apply(self, spec: ConnectorSpec) -> None:
        """Create the connector, or give it this configuration."""
        self._of("PUT", spec.name, "/config", spec.config)

    def restart_failed(self, name: str) -> None:
        """Restart a connector and its tasks where they have failed."""
        self._of("POST", name, "/restart?includeTasks=true&onlyFailed=true")

    def resume(self, name: str) -> None:
        """Let a connector go on that was paused or stopped."""
        self._of("PUT", name, "/resume")

    def pause(self, name: str) -> None:
        """Let a connector and its tasks wait; they keep their place."""
        self._of("PUT", name, "/pause")

    def stop(self, name: str) -> None:
        """Take a connector's tasks away; its offsets stay, and may be changed now."""
        self._of("PUT", name, "/stop")

    def delete(self, name: str) -> None:
        """Remove a connector, if it is there; its offsets stay."""
        self._rest.ask("DELETE", _path(name), none_if=(NOT_FOUND,))

    def offsets(self, name: str) -> list[SourceOffset]:
        """How far a connector has come, as committed; nothing before that, or if there is none."""
        found = self._find(name, "/offsets") or {"offsets": []}
        return [SourceOffset(one["partition"], one["offset"]) for one in found["offsets"]]

    def alter_offsets(self, name: str, offsets: list[SourceOffset]) -> None:
        """Let a stopped connector go on from elsewhere; an offset of None forgets its partition."""
        body = [{"partition": one.partition, "offset": one.offset} for one in offsets]
        self._of("PATCH", name, "/offsets", {"offsets": body})

    def reset_offsets(self, name: str) -> None:
        """Let a stopped connector begin anew."""
        self._of("DELETE", name, "/offsets")

    def plugins(self) -> list[Plugin]:
        """Every class that the worker can run."""
        found = self._rest.ask("GET", "/connector-plugins?connectorsOnly=false")
        return [Plugin(one["class"], one["type"], one.get("version")) for one in found]

    def validate(self, spec: ConnectorSpec) -> dict[str, list[str]]:
        """What a plugin says against a configuration: setting -> errors. Starts nothing."""
        plugin = quote(spec.config["connector.class"], safe="")
        body = {**spec.config, "name": spec.name}
        found = self._rest.ask("PUT", f"/connector-plugins/{plugin}/config/validate", body)
        values = [one["value"] for one in found["configs"]]
        return {value["name"]: value["errors"] for value in values if value["errors"]}


def _path(name: str) -> str:
    return f"/connectors/{quote(name, safe='')}"


def _status(found: dict[str, Any]) -> ConnectorStatus:
    tasks = tuple(
        TaskStatus(task["id"], task["state"], task["worker_id"], task.get("trace"))
        for task in found["tasks"]
    )
    return ConnectorStatus(found["connector"]["state"], found["connector"]["worker_id"], tasks)


def state_of(status: ConnectorStatus | None) -> str:
    """One word for a connector and its tasks: RUNNING only if each of them is."""
    if status is None:
        return "MISSING"
    states = [status.state, *(task.state for task in status.tasks)]
    if "FAILED" in states:
        return "FAILED"
    if not status.tasks and states == ["RUNNING"]:
        return "UNASSIGNED"
    return next((state for state in states if state != "RUNNING"), "RUNNING")


def converge_connector(client: ConnectClient, spec: ConnectorSpec) -> str:
    """Make the connector what its specification says, and let it run.

    Returns 'created', 'changed', 'restarted', 'resumed' or 'same'.
    """
    running = client.config(spec.name)
    if running is None or not spec.is_run_by(running):
        client.apply(spec)
        if state_of(client.status(spec.name)) in HALTED:
            client.resume(spec.name)
        return "created" if running is None else "changed"
    state = state_of(client.status(spec.name))
    if state == "FAILED":
        client.restart_failed(spec.name)
        return "restarted"
    if state in HALTED:
        client.resume(spec.name)
        return "resumed"
    return "same"
