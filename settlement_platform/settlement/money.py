"""The money of one transaction: fee, GST, reserve hold and net, in integer paise. Pure.

Rates are basis points (1/10,000). What is not an exact number of paise is rounded half up, once,
where it arises. Nothing is rounded on the way in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from settlement_platform.contracts.wire import RUPEES
from settlement_platform.errors import SettlementError

WHOLE_BPS = 10_000
GST_BPS = 1_800
"""Goods and services tax on the fee."""
PAISE_DIGITS = 2
_RUPEES = re.compile(RUPEES.pattern)


class MoneyError(SettlementError):
    """An amount or a rate that is none."""


class Bearer(StrEnum):
    """Who pays the fee and the GST on it."""

    MERCHANT = "MERCHANT"
    CUSTOMER = "CUSTOMER"


@dataclass(frozen=True)
class Fee:
    """What is charged for a payment: a share of its amount and a fixed part, before GST.

    Raises MoneyError when the share is not within 0 and 10,000 bps or the fixed part is negative.
    """

    bps: int
    fixed_paise: int = 0
    bearer: Bearer = Bearer.MERCHANT

    def __post_init__(self) -> None:
        refuse_rate(self.bps)
        if self.fixed_paise < 0:
            raise MoneyError(f"a fixed fee of {self.fixed_paise} paise", "write 0 or more")


@dataclass(frozen=True)
class Money:
    """The money of one transaction, in paise: amount = net + fee + GST + reserve hold.

    `customer_fee_paise` and `customer_gst_paise` were paid by the customer on top of the amount,
    and are no part of it.
    """

    amount_paise: int
    fee_paise: int
    gst_paise: int
    reserve_hold_paise: int
    customer_fee_paise: int = 0
    customer_gst_paise: int = 0

    @property
    def net_paise(self) -> int:
        """What the merchant is paid for it."""
        return self.amount_paise - self.fee_paise - self.gst_paise - self.reserve_hold_paise


def refuse_rate(bps: int) -> None:
    """Raise MoneyError unless a rate is from 0 to the whole."""
    if not 0 <= bps <= WHOLE_BPS:
        raise MoneyError(f"a rate of {bps} bps", f"write 0 to {WHOLE_BPS:,}")


def share_of(paise: int, bps: int) -> int:
    """A share of an amount that is not negative, rounded half up to the paisa."""
    return (2 * paise * bps + WHOLE_BPS) // (2 * WHOLE_BPS)


def money_of(amount_paise: int, fee: Fee, reserve_bps: int) -> Money:
    """Fee, GST and reserve hold of one amount.

    The fixed fee adds to the rounded share, before GST. A fee that the customer bears is charged
    on top: nothing of it comes off the amount. Of what fee and GST use up, nothing is held.
    Raises MoneyError when the amount is negative or the reserve share is no rate.
    """
    refuse_rate(reserve_bps)
    if amount_paise < 0:
        raise MoneyError(f"an amount of {amount_paise} paise", "a refund is an adjustment")
    charged = share_of(amount_paise, fee.bps) + fee.fixed_paise
    tax = share_of(charged, GST_BPS)
    if fee.bearer is Bearer.CUSTOMER:
        hold = share_of(amount_paise, reserve_bps)
        return Money(amount_paise, 0, 0, hold, customer_fee_paise=charged, customer_gst_paise=tax)
    hold = share_of(max(0, amount_paise - charged - tax), reserve_bps)
    return Money(amount_paise, charged, tax, hold)


def paise_of(rupees: str) -> int:
    """Paise of an amount in rupees as text: up to 12 digits, at most two decimals, nothing else.

    Raises MoneyError on any other text; the text itself is not repeated.
    """
    if not _RUPEES.fullmatch(rupees):
        raise MoneyError(f"the amount {RUPEES.otherwise}", "write it as 1234.50")
    whole, _, decimals = rupees.partition(".")
    return int(whole + decimals.ljust(PAISE_DIGITS, "0"))
