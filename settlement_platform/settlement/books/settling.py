"""Makes batches of what is due: one transaction a merchant, with everything that belongs to it.

One a merchant, so that what is wrong with one merchant's payments keeps no other from being paid,
and nobody's step waits for all of them. Its lock makes two runs at once have one effect.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import psycopg

from settlement_platform.contracts.records import BATCH
from settlement_platform.errors import SettlementError
from settlement_platform.settlement.announcements import Subject, created
from settlement_platform.settlement.batch_states import Action
from settlement_platform.settlement.batches import Batch, BatchError, Item, compose
from settlement_platform.settlement.books.accounts import read_adjustments, read_reserve
from settlement_platform.settlement.books.dates import current_calendar
from settlement_platform.settlement.books.ledger import audit, lock_merchant, publish, sql
from settlement_platform.settlement.books.steps import Step, take_step
from settlement_platform.settlement.calendar import ZONE
from settlement_platform.settlement.money import Money
from settlement_platform.settlement.reserve import DEFAULT_HOLD_DAYS
from settlement_platform.storage.writing import Connection, writing


@dataclass(frozen=True)
class MadeBatch:
    """A batch that was made, as much as a run tells of it. Money in paise."""

    batch_id: uuid.UUID
    merchant_id: str
    item_count: int
    net_paise: int


def settle(
    v2_dsn: str, cycle_date: dt.date, actor: str, hold_days: int = DEFAULT_HOLD_DAYS
) -> list[MadeBatch]:
    """At most one batch a merchant, of all that is due by a cycle date; those that were made.

    Makes none on a day on which banks do not settle, and none for a merchant that has a live one.
    Raises BatchError when some merchants' batches could not be made, after all others were.
    """
    made, failed = [], []
    with writing(v2_dsn) as v2:
        if not current_calendar(v2).is_business_day(cycle_date):
            return []
        merchants = [row[0] for row in v2.execute(sql("merchants_due"), [cycle_date])]
        v2.commit()
        for merchant_id in merchants:
            try:
                with v2.transaction():
                    batch = settle_merchant(v2, merchant_id, cycle_date, actor, hold_days)
            except (SettlementError, psycopg.errors.IntegrityError) as error:
                failed.append(f"{merchant_id}: {error}")
                continue
            if batch is not None:
                made.append(batch)
    if failed:
        raise BatchError(
            f"{len(failed)} merchants have no batch for {cycle_date}; the first: {failed[0]}",
            "correct what it names and run the day again: merchants with a batch are left alone",
        )
    return made


def settle_when_complete(v2_dsn: str, cycle_date: dt.date, actor: str) -> list[MadeBatch]:
    """The same, once V2 has all that the core committed before the cycle date began.

    Raises BatchError before that: what it has not seen yet would be paid late.
    """
    begins = dt.datetime.combine(cycle_date, dt.time(), ZONE)
    with writing(v2_dsn) as v2:
        row = v2.execute(sql("as_of")).fetchone()
    if row is None or row[0] < begins:
        as_of = "never published" if row is None else row[0].astimezone(ZONE).isoformat()
        raise BatchError(
            f"{cycle_date} cannot be settled before V2 is complete up to its beginning; as_of: "
            f"{as_of}",
            "see 'settlement status'; run the day again when as_of has passed its midnight",
        )
    return settle(v2_dsn, cycle_date, actor)


def settle_merchant(
    v2: Connection,
    merchant_id: str,
    cycle_date: dt.date,
    actor: str,
    hold_days: int = DEFAULT_HOLD_DAYS,
) -> MadeBatch | None:
    """One merchant's batch, in the caller's transaction; None where there is nothing to pay."""
    lock_merchant(v2, merchant_id)
    asked = {"merchant_id": merchant_id, "cycle_date": cycle_date}
    if v2.execute(sql("live_batch"), asked).fetchone() is not None:
        return None
    composed = compose(
        cycle_date,
        _due_items(v2, merchant_id, cycle_date),
        read_reserve(v2, merchant_id).releases_due(cycle_date, hold_days),
        read_adjustments(v2, merchant_id),
    )
    return _write(v2, composed[0], actor) if composed else None


def _due_items(v2: Connection, merchant_id: str, cycle_date: dt.date) -> list[Item]:
    asked = {"merchant_id": merchant_id, "cycle_date": cycle_date}
    found = []
    for name, due, *parts, net, terms_id, fee_rate_id in v2.execute(sql("due_transactions"), asked):
        item = Item(name, merchant_id, due, Money(*parts), terms_id, fee_rate_id)
        if item.money.net_paise != net:
            raise BatchError(
                f"transaction {name} has a net of {net} paise, its parts make "
                f"{item.money.net_paise}",
                "see that the stream computes it anew",
            )
        found.append(item)
    return found


def _write(v2: Connection, batch: Batch, actor: str) -> MadeBatch:
    batch_id, totals = uuid.uuid4(), batch.totals
    row = v2.execute(
        sql("insert_batch"),
        {
            "batch_id": batch_id,
            "merchant_id": batch.merchant_id,
            "cycle_date": batch.cycle_date,
            "net_paise": totals.net_paise,
            "actor": actor,
            **vars(totals),
        },
    ).fetchone()
    assert row is not None
    now = row[0]
    with v2.cursor() as cursor:
        with cursor.copy(sql("copy_items")) as copy:
            for item in batch.items:
                copy.write_row(_item_row(batch_id, item, now))
        cursor.executemany(sql("insert_reserve"), _reserve_rows(batch_id, batch))
        cursor.executemany(
            sql("insert_adjustment_part"),
            [(batch_id, part.adjustment_id, part.amount_paise) for part in batch.adjustments],
        )
    subject = Subject(batch_id, batch.merchant_id, batch.cycle_date, now)
    publish(v2, created(subject, totals, [item.transaction_id for item in batch.items]))
    audit(v2, actor, "calculate", (BATCH, batch_id), net_paise=str(totals.net_paise))
    return MadeBatch(batch_id, batch.merchant_id, totals.item_count, totals.net_paise)


def _item_row(batch_id: uuid.UUID, item: Item, now: dt.datetime) -> tuple[object, ...]:
    money = item.money
    return (
        batch_id,
        item.transaction_id,
        item.merchant_id,
        item.due_date,
        money.amount_paise,
        money.fee_paise,
        money.gst_paise,
        money.reserve_hold_paise,
        money.net_paise,
        "LIVE",
        now,
        item.terms_id,
        item.fee_rate_id,
    )


def _reserve_rows(batch_id: uuid.UUID, batch: Batch) -> list[tuple[object, ...]]:
    held, day = batch.totals.reserve_held_paise, batch.cycle_date
    holds = [(batch.merchant_id, "HOLD", batch_id, batch_id, None, day, held)] if held else []
    releases = [
        (batch.merchant_id, "RELEASE", one.hold_id, batch_id, None, day, one.amount_paise)
        for one in batch.releases
    ]
    return [*holds, *releases]


def submit_calculated(v2_dsn: str, cycle_date: dt.date, actor: str) -> list[uuid.UUID]:
    """Put the batches of a cycle date that were only calculated before their approvers."""
    with writing(v2_dsn) as v2:
        found = [row[0] for row in v2.execute(sql("calculated_batches"), [cycle_date])]
        v2.commit()
        for batch_id in found:
            with v2.transaction():
                take_step(v2, batch_id, Step(Action.SUBMIT, actor))
    return found
