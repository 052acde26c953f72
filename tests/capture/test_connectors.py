"""The connector's specification holds no secret, and its state is one word."""

from __future__ import annotations

from settlement_platform.capture.connect_client import ConnectorStatus, TaskStatus, state_of
from settlement_platform.capture.connectors import Address, core_connector


def test_the_password_is_a_reference() -> None:
    config = core_connector(Address("127.0.0.1", 5101, "core"), "/home/secrets").config
    assert config["database.password"] == "${secrets:/home/secrets:settlement_capture}"


def test_each_captured_column_is_in_the_include_list() -> None:
    config = core_connector(Address("127.0.0.1", 5101, "core"), "/s").config
    assert "public.transactions_to_settle" in config["table.include.list"].split(",")


def test_a_connector_runs_only_if_its_task_does() -> None:
    def status(connector: str, *tasks: str) -> ConnectorStatus:
        found = (TaskStatus(number, state, "worker", None) for number, state in enumerate(tasks))
        return ConnectorStatus(connector, "worker", tuple(found))

    assert state_of(None) == "MISSING"
    assert state_of(status("RUNNING", "RUNNING")) == "RUNNING"
    assert state_of(status("RUNNING")) == "UNASSIGNED"
    assert state_of(status("RUNNING", "FAILED")) == "FAILED"
    assert state_of(status("STOPPED")) == "STOPPED"
    assert state_of(status("PAUSED", "PAUSED")) == "PAUSED"
    assert state_of(status("RUNNING", "RESTARTING")) == "RESTARTING"
