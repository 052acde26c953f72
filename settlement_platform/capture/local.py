"""The connector on the local stack's core."""

from __future__ import annotations

from settlement_platform.capture.connectors import ConnectorSpec, core_connector
from settlement_platform.config import CORE_DATABASE, LOOPBACK, Settings


def core_connector_spec(settings: Settings) -> ConnectorSpec:
    """The core's connector with the local stack's addresses filled in; reads no secret."""
    return core_connector(
        host=LOOPBACK,
        port=settings.port("core-postgres"),
        database=CORE_DATABASE,
        secrets_dir=str(settings.secrets_dir),
    )
