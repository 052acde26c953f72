"""The local stack's Flink, as the deployer needs to know it."""

from __future__ import annotations

from settlement_platform.config import LOOPBACK, V2_DATABASE, Settings
from settlement_platform.streaming.deploy import Cluster


def local_cluster(settings: Settings) -> Cluster:
    """Where the jobs of the local stack run, and what their SQL speaks to.

    The sink's password is in none of it: the task managers know it by themselves.
    """
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
