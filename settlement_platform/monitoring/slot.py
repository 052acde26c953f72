"""Truths of the connector's replication slot: it is read, and far from being lost."""

from __future__ import annotations

from dataclasses import dataclass

from settlement_platform.capture.connectors import SLOT
from settlement_platform.monitoring.checks import Check, Figure, fails, holds, read_logs_of

MIB = 2**20
RETAINED_SHARE = 0.5
"""A slot that holds back this share of what it may is about to be lost."""
SOON_MINUTES = 60.0
"""A slot that nobody reads, and that the core's writing fills sooner, needs somebody now."""
NOW_MINUTES = 10.0
SLOT_MISSING = "MISSING"
SLOT_LOST = "lost"
READ_ANEW = (
    "run 'settlement up', which reads all tables anew, then 'settlement replay' over all dates: "
    "deletes of the gap come by nothing else"
)


@dataclass(frozen=True)
class SlotReading:
    """The connector's slot.

    `limit_bytes` and `left_bytes` (what may still be written before it is lost) are None where the
    server sets no limit. `written_bytes_per_second` is how fast the core writes its log.
    """

    active: bool
    wal_status: str
    retained_bytes: int
    limit_bytes: int | None
    left_bytes: int | None = None
    written_bytes_per_second: float = 0.0

    @property
    def is_full_by_half(self) -> bool:
        """It holds back much of what it may."""
        limit = self.limit_bytes
        return limit is not None and self.retained_bytes > limit * RETAINED_SHARE

    @property
    def left_minutes(self) -> float | None:
        """When it is lost if nobody reads it from now on; None: never."""
        if self.left_bytes is None or self.written_bytes_per_second <= 0:
            return None
        return max(self.left_bytes, 0) / self.written_bytes_per_second / 60


def slot_checks(slot: SlotReading | None) -> list[Check]:
    """Whether it is there, is read, and may be kept. Pure."""
    if slot is None:
        cause = f"the slot {SLOT} does not exist"
        return [fails("slot_is_active", cause, READ_ANEW, state=SLOT_MISSING)]
    active = holds("slot_is_active", f"{SLOT} is read")
    if not slot.active:
        active = fails("slot_is_active", f"nobody reads the slot {SLOT}", read_logs_of("connect"))
    return [active, _size(slot)]


def _size(slot: SlotReading) -> Check:
    name, minutes = "slot_holds_little_log_back", slot.left_minutes
    measured: dict[str, Figure] = {"retained_bytes": slot.retained_bytes}
    seen = f"{slot.retained_bytes / MIB:,.1f} MiB held back, no limit"
    if slot.limit_bytes is not None:
        measured["limit_bytes"] = slot.limit_bytes
        seen = seen.replace("no limit", f"{slot.limit_bytes / MIB:,.0f} MiB allowed")
    if minutes is not None:
        measured["minutes_to_limit"] = minutes
        seen += f", {minutes:,.0f} minutes to the limit for one that nobody reads"
    if slot.wal_status in (SLOT_LOST, "unreserved"):
        cause = f"the core's log went past the slot ({slot.wal_status}): {seen}"
        return fails(name, cause, READ_ANEW, state=slot.wal_status, **measured)
    stands = slot.is_full_by_half or not slot.active
    if slot.is_full_by_half or (stands and minutes is not None and minutes < SOON_MINUTES):
        is_urgent = minutes is not None and minutes < NOW_MINUTES
        return fails(
            name,
            f"{seen}: the slot will be lost",
            read_logs_of("connect"),
            "error" if is_urgent else "warning",
            **measured,
        )
    return holds(name, seen, **measured)
