"""In which order programs are stopped, because some write to others until these have stopped."""

from __future__ import annotations

from settlement_platform.stack.programs import TRAFFIC

LAST = ("kafka", "zookeeper", "core-postgres", "v2-postgres", "dagster-postgres")
"""Programs that others write to until these have stopped."""


def stop_order(running: list[str]) -> list[list[str]]:
    """The programs to stop, in groups: those of one group at once. Pure."""
    groups = [
        [name for name in running if name == TRAFFIC],
        [name for name in running if name not in (TRAFFIC, *LAST)],
        [name for name in running if name in LAST],
    ]
    return [group for group in groups if group]
