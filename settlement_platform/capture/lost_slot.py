"""A slot that is lost: the connector cannot go on from where it stands, and reads all tables anew.

Inserts and updates of the gap come with that snapshot; deletes of the gap do not, and have to be
told by a replay of the dates.
"""

from __future__ import annotations

from typing import LiteralString

import psycopg
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from settlement_platform.capture.connect_client import ConnectClient
from settlement_platform.capture.connectors import ConnectorSpec
from settlement_platform.errors import CaptureError

CONNECT_TIMEOUT_SECONDS = 5
STOP_SECONDS = 60.0
PAUSE_SECONDS = 0.5
_STATUS = "SELECT coalesce(wal_status, 'lost') FROM pg_replication_slots WHERE slot_name = %s"
DROP_UNUSED: LiteralString = (
    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
    " WHERE slot_name = %(slot)s AND NOT active"
)
"""Drops a slot unless somebody holds it: no row then, and the next try may have one."""


def is_lost(wal_status: str | None, stands_somewhere: bool) -> bool:
    """Whether a database's log cannot be read on from where the connector stands. Pure.

    `wal_status` is PostgreSQL's word for the slot, None where there is none: that is as it should
    be for a connector that never ran.
    """
    return wal_status == "lost" or (wal_status is None and stands_somewhere)


def read_anew_if_lost(connect: ConnectClient, capture_dsn: str, spec: ConnectorSpec) -> bool:
    """Let the connector begin anew with a snapshot if its slot is lost; repeating changes nothing.

    `capture_dsn`: its database as a role that may drop the slot. Returns whether it was lost.
    Raises CaptureError.
    """
    slot = spec.config["slot.name"]
    try:
        with psycopg.connect(
            capture_dsn, autocommit=True, connect_timeout=CONNECT_TIMEOUT_SECONDS
        ) as database:
            row = database.execute(_STATUS, (slot,)).fetchone()
            if not is_lost(None if row is None else row[0], bool(connect.offsets(spec.name))):
                return False
            connect.stop(spec.name)
            # Connect refuses for as long as a task has not ended.
            for attempt in Retrying(
                retry=retry_if_exception_type(CaptureError),
                stop=stop_after_delay(STOP_SECONDS),
                wait=wait_fixed(PAUSE_SECONDS),
                reraise=True,
            ):
                with attempt:
                    connect.reset_offsets(spec.name)
            database.execute(DROP_UNUSED, {"slot": slot})
            connect.resume(spec.name)
            return True
    except psycopg.Error as error:
        raise CaptureError(
            f"the slot {slot} cannot be looked at: {' '.join(str(error).split())}",
            "see 'settlement status' and the database's log: 'settlement logs NAME'",
        ) from error
