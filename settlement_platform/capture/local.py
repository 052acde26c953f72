"""The connectors on the local stack's core and V2."""

from __future__ import annotations

from settlement_platform.capture.connectors import (
    CORE_CONNECTOR,
    Address,
    ConnectorSpec,
    core_connector,
    outbox_connector,
    v2_connector,
)
from settlement_platform.config import CORE_DATABASE, LOOPBACK, V2_DATABASE, Settings


def core_connector_spec(settings: Settings) -> ConnectorSpec:
    """The core's connector with the local stack's addresses filled in; reads no secret."""
    address = Address(LOOPBACK, settings.port("core-postgres"), CORE_DATABASE)
    return core_connector(address, str(settings.secrets_dir))


def _v2(settings: Settings) -> Address:
    return Address(LOOPBACK, settings.port("v2-postgres"), V2_DATABASE)


def v2_connector_spec(settings: Settings) -> ConnectorSpec:
    """V2's connector with the local stack's addresses filled in; reads no secret."""
    return v2_connector(_v2(settings), str(settings.secrets_dir))


def outbox_connector_spec(settings: Settings) -> ConnectorSpec:
    """The outbox's connector with the local stack's addresses filled in; reads no secret."""
    return outbox_connector(_v2(settings), str(settings.secrets_dir))


def connector_specs(settings: Settings) -> tuple[ConnectorSpec, ...]:
    """Every connector of the local stack, in flow order."""
    return (
        core_connector_spec(settings),
        v2_connector_spec(settings),
        outbox_connector_spec(settings),
    )


def capture_dsn(settings: Settings, spec: ConnectorSpec) -> str:
    """The database that a connector reads, as the role that it reads it by."""
    return settings.core_signal_dsn if spec.name == CORE_CONNECTOR else settings.v2_capture_dsn
