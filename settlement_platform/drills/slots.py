"""The connector's slot dropped, or outrun by the core's log: changes of the gap never arrive."""

from __future__ import annotations

from typing import LiteralString

from settlement_platform.capture.connect_client import ConnectClient
from settlement_platform.capture.connectors import CORE_CONNECTOR, SLOT
from settlement_platform.capture.lost_slot import DROP_UNUSED
from settlement_platform.drills.scene import Scene

LOG_MESSAGES = 48
"""A MiB of the core's log each: three of its files."""
_STATUS: LiteralString = "SELECT wal_status FROM pg_replication_slots WHERE slot_name = %(slot)s"
_MERCHANT: LiteralString = (
    "INSERT INTO merchant_data VALUES ('DRILL', 'Drill', 'T+1', 5.00, now())"
    " ON CONFLICT (merchant_id) DO UPDATE SET updated_at = now()"
)
_WRITE_LOG: LiteralString = (
    "SELECT count(pg_logical_emit_message(false, 'drill', repeat('x', 1048576)))"
    " FROM generate_series(1, %(count)s)"
)


def _payments_of_a_merchant(scene: Scene) -> list[str]:
    scene.core(_MERCHANT)
    paid = scene.pay(3)
    scene.until(lambda: scene.are_in_v2(paid), "payments are not in V2")
    return paid


def _stop_connector(scene: Scene) -> None:
    with ConnectClient(scene.settings.connect) as connect:
        connect.stop(CORE_CONNECTOR)
    scene.until(
        lambda: (
            scene.core(
                "SELECT 1 FROM pg_replication_slots WHERE slot_name = %(slot)s AND active",
                slot=SLOT,
            )
            == []
        ),
        "the connector still reads its slot",
    )
    scene.did(f"stopped the connector {CORE_CONNECTOR}")


def _change_in_the_gap(scene: Scene, changed: str, deleted: list[str]) -> None:
    scene.pay(2)
    scene.core("UPDATE transactions_to_settle SET amount = 99.99 WHERE txn_id = %(id)s", id=changed)
    scene.core("DELETE FROM transactions_to_settle WHERE txn_id = ANY(%(ids)s)", ids=deleted)
    scene.core("DELETE FROM merchant_data WHERE merchant_id = 'DRILL'")
    scene.did(
        f"core: 2 payments inserted, 1 changed, {len(deleted)} and a merchant deleted in the gap"
    )


def _after_the_gap(scene: Scene) -> None:
    scene.settlement_up()
    scene.settlement_replay()


def slot_dropped(scene: Scene) -> None:
    """The slot is dropped while the connector is stopped."""
    changed, *deleted = _payments_of_a_merchant(scene)
    with scene.nobody_heals():
        _stop_connector(scene)
        scene.until(lambda: scene.core(DROP_UNUSED, slot=SLOT) != [], "the slot is held")
        scene.broke(f"dropped the slot {SLOT}")
        _change_in_the_gap(scene, changed, deleted)
        scene.until_red("slot_is_active", "does not exist")
        _after_the_gap(scene)


def slot_lost(scene: Scene) -> None:
    """The core writes more log than a slot may hold back, and the slot is invalidated."""
    changed, *deleted = _payments_of_a_merchant(scene)
    with scene.nobody_heals():
        _stop_connector(scene)
        _change_in_the_gap(scene, changed, deleted)
        scene.core("ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'")
        try:
            scene.core("SELECT pg_reload_conf()")
            scene.core(_WRITE_LOG, count=LOG_MESSAGES)
            scene.core("SELECT pg_switch_wal()")
            scene.core("CHECKPOINT")
            scene.until(
                lambda: scene.core(_STATUS, slot=SLOT) == [("lost",)], "the slot is not lost"
            )
        finally:
            scene.core("ALTER SYSTEM RESET max_slot_wal_keep_size")
            scene.core("SELECT pg_reload_conf()")
        scene.broke(f"let the core's log outrun the slot {SLOT}")
        scene.until_red("slot_holds_little_log_back", r"went past the slot \(lost\)")
        _after_the_gap(scene)
