"""What the stages' assets are called: every key begins with its stage, or with `topic`."""

from __future__ import annotations

import dagster as dg

OWNERS = ("team:settlement",)

CORE = "core"
CAPTURE = "capture"
STREAMING = "streaming"
V2 = "v2"
STAGES = (CORE, CAPTURE, STREAMING, V2)
"""The groups of the stream, in flow order."""
SETTLEMENT = "settlement"
GROUPS = (*STAGES, SETTLEMENT)
"""Every group."""


def core_key(table: str) -> dg.AssetKey:
    """A table of the core system."""
    return dg.AssetKey([CORE, table])


def connector_key(connector: str) -> dg.AssetKey:
    """A connector of change data capture."""
    return dg.AssetKey([CAPTURE, connector])


def topic_key(topic: str) -> dg.AssetKey:
    """A topic, under the very name that Kafka knows it by."""
    return dg.AssetKey(["topic", topic])


def job_key(job: str) -> dg.AssetKey:
    """A Flink job."""
    return dg.AssetKey([STREAMING, job])


def v2_key(table: str) -> dg.AssetKey:
    """A table of V2."""
    return dg.AssetKey([V2, table])


def settlement_key(name: str) -> dg.AssetKey:
    """What settlement decides in V2's books."""
    return dg.AssetKey([SETTLEMENT, name])


def pool(name: str) -> str:
    """The pool of one place: two convergences of one connector or job never meet."""
    return f"converge_{name}"
