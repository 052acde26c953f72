"""Rows of the core's tables as the simulator makes them: money in paise, rates in basis points."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from settlement_platform.contracts.scalars import BUSINESS_ZONE

ZONE = ZoneInfo(BUSINESS_ZONE)
SETTLED = "1"
UNSETTLED = "0"
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Transaction(NamedTuple):
    """One row of transactions_to_settle; `amount_paise` is written as rupees."""

    txn_id: str
    merchant_code: str
    amount_paise: int
    payment_mode: str
    txn_date: dt.date
    is_settled: str
    status: str
    created_at: dt.datetime
    updated_at: dt.datetime


class Merchant(NamedTuple):
    """One row of merchant_data; `reserve_bps` is written as percent."""

    merchant_id: str
    merchant_name: str
    settlement_cycle: str
    reserve_bps: int
    updated_at: dt.datetime


class GatewayAnswer(NamedTuple):
    """One row of payment_gateway_response."""

    txn_id: str
    gateway: str
    response_code: str
    response_message: str | None
    responded_at: dt.datetime


def hundredths(units: int) -> Decimal:
    """Paise as rupees, or basis points as percent: exact, with two decimals."""
    return Decimal(units).scaleb(-2)


def day_start_at(day_date: dt.date) -> dt.datetime:
    """The UTC instant at which a day in Asia/Kolkata begins."""
    return dt.datetime.combine(day_date, dt.time(), ZONE).astimezone(dt.UTC)


def run_token(seed: int) -> str:
    """The seed in base 36: two seeds never share one. Raises ValueError below zero."""
    if seed < 0:
        raise ValueError(f"a seed is 0 or more, not {seed}")
    token = ""
    while seed or not token:
        seed, digit = divmod(seed, len(DIGITS))
        token = DIGITS[digit] + token
    return token


def history_txn_id(seed: int, serial: int) -> str:
    """The identity of the serial-th payment (from 1) of a seeded history."""
    return f"TXN-H{run_token(seed)}-{serial:09d}"


def live_txn_id(seed: int, serial: int) -> str:
    """The identity of the serial-th payment (from 1) of a seeded run of live traffic."""
    return f"TXN-L{run_token(seed)}-{serial:09d}"


def new_merchant_id(seed: int, serial: int) -> str:
    """The identity of the serial-th merchant (from 1) that a run of live traffic brings along."""
    return f"MERC-{run_token(seed)}-{serial:04d}"
