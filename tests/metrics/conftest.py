"""Payments that live through everything, written into V2 as the stream would, and remembered.

What V2 has to say at any instant is computed here again: row by row, in plain Python.
"""

from __future__ import annotations

import copy
import datetime as dt
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import Engine

from settlement_platform.contracts.core import PAYMENT_MODES
from settlement_platform.metrics.cohort import OTHER_METHODS, Cohort, Filters, Window
from settlement_platform.storage.engine import engine

if TYPE_CHECKING:
    from settlement_platform.config import Settings

ZONE = ZoneInfo("Asia/Kolkata")
BEGIN_AT = dt.datetime(2026, 1, 26, 12, 7, 31, tzinfo=ZONE)
TICK = dt.timedelta(hours=7, minutes=13)
MERCHANTS, METHODS = ("M1", "M2", "M3"), ("UPI", "CARD", "BNPL", "upi")
SOURCES, GATEWAYS = ("SABPAISA_STREAM", "MANUAL_UPLOAD"), (None, "G1", "G2")
CODES = (("BANK_DECLINED", "bank"), ("GW_TIMEOUT", "gateway"), ("96", "system"))
Payment = dict[str, Any]
COLUMNS = (
    "transaction_id", "merchant_id", "amount_paise", "payment_method", "transaction_date",
    "source_type", "status", "created_at", "captured_at", "reconciled_at", "settled_at",
    "paid_out_at", "expected_settlement_date", "fee_paise", "net_paise", "gateway",
    "failure_code", "failure_owner", "deleted_at", "source_lsn", "gateway_lsn",
    "source_committed_at",
)  # fmt: skip
UPSERT = f"""
INSERT INTO sp_v2_transactions ({", ".join(COLUMNS)}, gst_paise)
VALUES ({", ".join(f"%({name})s" for name in COLUMNS)}, 0)
ON CONFLICT (transaction_id) DO UPDATE SET
  {", ".join(f"{name} = EXCLUDED.{name}" for name in COLUMNS)}"""


def day_of(at: dt.datetime) -> dt.date:
    """The business date of an instant."""
    return at.astimezone(ZONE).date()


@dataclass
class World:
    """Payments now, and as they were after each tick."""

    rng: random.Random
    now_at: dt.datetime = BEGIN_AT
    payments: dict[str, Payment] = field(default_factory=dict)
    past: list[tuple[dt.datetime, dict[str, Payment]]] = field(default_factory=list)

    def stage(self, payments: Iterable[Payment], name: str) -> list[Payment]:
        """Those that came to a stage."""
        return stage(payments, name)

    def selected(self, payments: dict[str, Payment], cohort: Cohort) -> list[Payment]:
        """The payments of the window that pass the filters, at whatever stage."""
        return selected(payments, cohort)

    def passing(self, payments: dict[str, Payment], filters: Filters) -> list[Payment]:
        """The payments that pass the filters, of all dates."""
        return [one for one in payments.values() if passes(one, filters)]

    def tick(self, v2: psycopg.Connection[Any], begun_count: int, changed_count: int) -> None:
        """Some payments begin, some change, and all of it is in V2."""
        self.now_at += TICK
        changed = [self._begin() for _ in range(begun_count)]
        older = list(self.payments)
        for name in self.rng.sample(older, min(changed_count, len(older))):
            changed.append(self._change(self.payments[name]))
        with v2.cursor() as cursor:
            for one in changed:
                self.payments[one["transaction_id"]] = one
            cursor.executemany(UPSERT, changed)
        v2.execute("DELETE FROM sp_v2_as_of")
        v2.execute("INSERT INTO sp_v2_as_of VALUES (1, %s, now())", [self.now_at])
        self.past.append((self.now_at, copy.deepcopy(self.payments)))

    def _begin(self) -> Payment:
        rng = self.rng
        created_at = self.now_at - rng.random() * TICK
        one: Payment = dict.fromkeys(COLUMNS)
        one |= {
            "transaction_id": f"T{len(self.payments)}-{rng.getrandbits(60)}",
            "merchant_id": rng.choice(MERCHANTS),
            "amount_paise": rng.randint(1, 10**12),
            "payment_method": rng.choice(METHODS),
            "transaction_date": day_of(created_at),
            "source_type": rng.choice(SOURCES),
            "status": "PENDING",
            "created_at": created_at,
            "source_lsn": 1,
            "gateway_lsn": 0,
        }
        return self._change(one) if rng.random() < 0.7 else one | self._stamp(one)

    def _stamp(self, one: Payment) -> Payment:
        return {"source_lsn": one["source_lsn"] + 1, "source_committed_at": self.now_at}

    def _change(self, before: Payment) -> Payment:
        rng, one = self.rng, dict(before)
        step = rng.random()
        if one["status"] == "PENDING" and step < 0.15:
            code, owner = rng.choice(CODES)
            one |= {"status": "FAILED", "failure_code": code, "failure_owner": owner}
        elif one["status"] == "PENDING":
            self._capture(one)
        elif one["status"] == "RECONCILED" and step < 0.7:
            one |= {"status": "SETTLED", "settled_at": self.now_at, "reconciled_at": self.now_at}
        elif one["status"] == "SETTLED" and step < 0.6:
            one["paid_out_at"] = self.now_at + rng.random() * dt.timedelta(days=2)
        elif step < 0.75:
            self._correct(one)
        elif step < 0.9 and one["status"] == "SETTLED":
            one |= {"status": "RECONCILED", "settled_at": None, "paid_out_at": None}
        else:
            one["deleted_at"] = None if one["deleted_at"] else self.now_at
        return one | self._stamp(one)

    def _capture(self, one: Payment) -> None:
        rng = self.rng
        captured_at = one["created_at"] + rng.random() ** 3 * dt.timedelta(hours=2)
        promised = day_of(captured_at) + dt.timedelta(days=rng.randint(0, 3))
        one |= {
            "status": "RECONCILED",
            "captured_at": captured_at,
            "reconciled_at": captured_at if rng.random() < 0.9 else None,
            "gateway": rng.choice(GATEWAYS),
            "expected_settlement_date": promised if rng.random() < 0.8 else None,
        }
        if rng.random() < 0.8:
            fee = one["amount_paise"] // 50
            one |= {"fee_paise": fee, "net_paise": one["amount_paise"] - fee}

    def _correct(self, one: Payment) -> None:
        what = self.rng.choice(("amount", "merchant", "method", "date", "promise"))
        if what == "amount":
            one["amount_paise"] = self.rng.randint(1, 10**12)
        elif what == "merchant":
            one["merchant_id"] = self.rng.choice(MERCHANTS)
        elif what == "method":
            one["payment_method"] = self.rng.choice(METHODS)
        elif what == "date":
            one["transaction_date"] -= dt.timedelta(days=1)
        elif one["expected_settlement_date"] is not None:
            one["expected_settlement_date"] += dt.timedelta(days=1)

    def cohort(self, rng: random.Random) -> tuple[Cohort, dict[str, Payment], dt.datetime]:
        """A question at random, the payments as they stood then, and the instant."""
        days = (self.now_at - BEGIN_AT).days
        begin = day_of(BEGIN_AT) + dt.timedelta(days=rng.randint(-1, days))
        window = Window(begin, begin + dt.timedelta(days=rng.randint(1, days + 3)))
        some = [rng.random() < 0.4 for _ in range(4)]
        filters = Filters(
            merchant_ids=tuple(rng.sample(MERCHANTS, rng.randint(1, 2))) if some[0] else (),
            payment_methods=tuple(rng.sample(("UPI", "CARD", "BNPL", "OTHER"), 2))
            if some[1]
            else (),
            source_type=rng.choice(SOURCES) if some[2] else None,
            gateways=(rng.choice(("G1", "G2")),) if some[3] else (),
        )
        at, payments = rng.choice(self.past)
        if rng.random() < 0.4:
            return Cohort(window, filters), self.payments, self.now_at
        # Between two ticks all stands as after the first of them.
        inside = rng.random() * (TICK - dt.timedelta(seconds=1)) if at < self.now_at else 0 * TICK
        return Cohort(window, filters, at + inside), payments, at + inside


def stage(payments: Iterable[Payment], name: str) -> list[Payment]:
    """Those that came to a stage."""
    return [one for one in payments if is_in(one, name)]


def passes(one: Payment, filters: Filters) -> bool:
    """Whether a payment counts under filters."""
    methods = filters.payment_methods
    is_method = one["payment_method"] in methods and one["payment_method"] != OTHER_METHODS
    is_other = OTHER_METHODS in methods and one["payment_method"] not in PAYMENT_MODES
    return (
        one["deleted_at"] is None
        and (not filters.merchant_ids or one["merchant_id"] in filters.merchant_ids)
        and (not methods or is_method or is_other)
        and filters.source_type in (None, one["source_type"])
        and (not filters.gateways or one["gateway"] in filters.gateways)
    )


def selected(payments: dict[str, Payment], cohort: Cohort) -> list[Payment]:
    """The payments of the window that pass the filters, at whatever stage."""
    window = cohort.window
    return [
        one
        for one in payments.values()
        if passes(one, cohort.filters)
        and window.from_date <= one["transaction_date"] < window.to_date
    ]


def is_in(one: Payment, stage: str) -> bool:
    """Whether a payment has come to a stage."""
    needed = {
        "attempted": (),
        "captured": ("captured_at",),
        "reconciled": ("captured_at", "reconciled_at"),
        "settled": ("captured_at", "reconciled_at", "settled_at"),
        "paid_out": ("captured_at", "reconciled_at", "settled_at", "paid_out_at"),
    }
    if stage == "failed":
        return bool(one["status"] == "FAILED")
    return all(one[name] is not None for name in needed[stage])


@pytest.fixture(scope="session")
def lived_v2(new_v2: Callable[[], AbstractContextManager[Settings]]) -> Iterator[Settings]:
    """The V2 of the world; nobody changes it."""
    with new_v2() as opened:
        yield opened


@pytest.fixture(scope="session")
def world(lived_v2: Settings) -> World:
    """Some four hundred payments over a week, with some thousand changes."""
    made = World(random.Random(6))
    with psycopg.connect(lived_v2.v2_owner_dsn) as opened:
        for _ in range(20):
            made.tick(opened, begun_count=20, changed_count=40)
            opened.commit()
            # Some of it is in the cells, and some waits.
            opened.execute(b"SELECT sp_v2_fold_tiles('public', 40)")
    return made


@pytest.fixture(scope="session")
def v2(lived_v2: Settings) -> Iterator[Engine]:
    """V2 as the API reads it."""
    opened = engine(lived_v2.v2_dsn)
    yield opened
    opened.dispose()
