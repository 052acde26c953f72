"""Kafka Connect's REST interface, as far as we use it."""

from __future__ import annotations

from typing import Any, Self

import httpx
from tenacity import (
    retry,
    retry_if_exception_type,
    stop_after_delay,
    wait_exponential,
)

from settlement_platform.capture.connectors import ConnectorSpec
from settlement_platform.errors import CaptureError

TIMEOUT_SECONDS = 20.0
CONFLICT = 409
NOT_FOUND = 404
HALTED = ("PAUSED", "STOPPED")
"""Somebody halted it: Connect itself will never let it go on."""


class RebalancingError(CaptureError):
    """Connect answers 409 while its workers agree on who runs what; it passes."""


class ConnectClient:
    """One Connect cluster. Every call raises CaptureError with Connect's own words."""

    def __init__(self, url: str) -> None:
        # Certificates are read where there are some: reading them costs more than all questions.
        self._http = httpx.Client(
            base_url=url, timeout=TIMEOUT_SECONDS, verify=url.startswith("https:")
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    @retry(
        retry=retry_if_exception_type(RebalancingError),
        stop=stop_after_delay(30),
        wait=wait_exponential(0.1, max=2),
        reraise=True,
    )
    def _call(self, method: str, path: str, body: object = None) -> Any:
        try:
            answer = self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise CaptureError(
                f"Kafka Connect at {self._http.base_url} does not answer: {error!r}",
                "see 'settlement status' and 'settlement logs connect'",
            ) from error
        if answer.status_code == CONFLICT:
            raise RebalancingError("Kafka Connect is rebalancing", "wait a moment")
        if answer.status_code == NOT_FOUND:
            return None
        if answer.is_error:
            raise CaptureError(
                f"Kafka Connect refused {method} {path}: {answer.text[:500]}",
                "see 'settlement logs connect'",
            )
        return answer.json() if answer.content else None

    def config(self, name: str) -> dict[str, str] | None:
        """A connector's configuration as it runs, None when there is no such connector."""
        found = self._call("GET", f"/connectors/{name}/config")
        return None if found is None else dict(found)

    def status(self, name: str) -> dict[str, Any] | None:
        """State of a connector and of its tasks, None when there is no such connector."""
        found = self._call("GET", f"/connectors/{name}/status")
        return None if found is None else dict(found)

    def apply(self, spec: ConnectorSpec) -> None:
        """Create the connector, or give it this configuration."""
        self._call("PUT", f"/connectors/{spec.name}/config", spec.config)

    def restart_failed(self, name: str) -> None:
        """Restart a connector and its tasks where they have failed."""
        self._call("POST", f"/connectors/{name}/restart?includeTasks=true&onlyFailed=true")

    def resume(self, name: str) -> None:
        """Let a connector go on that was paused or stopped."""
        self._call("PUT", f"/connectors/{name}/resume")

    def pause(self, name: str) -> None:
        """Let a connector and its tasks wait; they keep their place."""
        self._call("PUT", f"/connectors/{name}/pause")

    def delete(self, name: str) -> None:
        """Remove a connector; its offsets stay."""
        self._call("DELETE", f"/connectors/{name}")


def state_of(status: dict[str, Any] | None) -> str:
    """One word for a connector and its tasks: RUNNING only if each of them is."""
    if status is None:
        return "MISSING"
    states = [status["connector"]["state"], *(task["state"] for task in status["tasks"])]
    if "FAILED" in states:
        return "FAILED"
    if not status["tasks"] and states == ["RUNNING"]:
        return "UNASSIGNED"
    return next((state for state in states if state != "RUNNING"), "RUNNING")


def converge_connector(client: ConnectClient, spec: ConnectorSpec) -> str:
    """Make the connector what its specification says, and let it run.

    Returns 'created', 'changed', 'restarted', 'resumed' or 'same'.
    """
    running = client.config(spec.name)
    if running is None or {**running, "name": spec.name} != {**spec.config, "name": spec.name}:
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
