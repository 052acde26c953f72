"""Every drill by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from settlement_platform.drills import dagster_away, live_repair, slots, tables, topics
from settlement_platform.drills.parts import PARTS, part_frozen, part_killed
from settlement_platform.drills.scene import Scene


@dataclass(frozen=True)
class Drill:
    """One drill: what it breaks, and the entry of the runbook that it follows."""

    name: str
    breaks: str
    runbook: str
    run: Callable[[Scene], None]


def _all() -> list[Drill]:
    changed, hop = "The core has changed", "A hop is slow or stands"
    return [
        Drill(
            "slot-dropped",
            "the replication slot is dropped; rows change and go meanwhile",
            "A slot is lost",
            slots.slot_dropped,
        ),
        Drill(
            "slot-lost",
            "the core's log outruns the slot (max_slot_wal_keep_size)",
            "A slot is lost",
            slots.slot_lost,
        ),
        Drill(
            "records-expired",
            "a topic forgets records that a cancelled job has not read",
            "Records expired unread",
            topics.records_expired,
        ),
        Drill(
            "table-truncated",
            "all payments are truncated, then restored",
            "TRUNCATE in the core",
            tables.table_truncated,
        ),
        Drill(
            "column-renamed",
            "a column that is relied on is renamed",
            changed,
            tables.column_renamed,
        ),
        Drill(
            "column-retyped",
            "a column that is relied on gets another type",
            changed,
            tables.column_retyped,
        ),
        Drill("column-added", "the core has a new column", changed, tables.column_added),
        Drill(
            "dagster-away",
            "Dagster is stopped for a while (--minutes)",
            "Dagster was away",
            dagster_away.dagster_away,
        ),
        Drill(
            "repair-live",
            "a day of V2 is damaged, and repaired under live traffic",
            "A day differs from the core",
            live_repair.repair_live,
        ),
        *(Drill(f"kill-{part}", f"{part} is killed", hop, part_killed(part)) for part in PARTS),
        *(Drill(f"freeze-{part}", f"{part} is frozen", hop, part_frozen(part)) for part in PARTS),
    ]


DRILLS: dict[str, Drill] = {drill.name: drill for drill in _all()}
