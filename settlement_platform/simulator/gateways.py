"""Gateways and what they answer: '00' is success; a failure's prefix names its owner."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from random import Random
from typing import NamedTuple

SUCCESS_CODE = "00"
OWNER_PREFIXES = ("BANK_", "GW_", "MERCHANT_", "OPS_")
"""The owner of a failure by its code's prefix; a code with none of them is the system's."""


class Reason(NamedTuple):
    """One failure code with its message, and how often it comes (a weight)."""

    code: str
    message: str | None
    weight: float


class Verdict(NamedTuple):
    """What one gateway says about one payment."""

    gateway: str
    code: str
    message: str | None


REASONS: Mapping[str, tuple[Reason, ...]] = {
    "FAILED": (
        Reason("BANK_INSUFFICIENT_FUNDS", "Insufficient balance in remitter account", 26),
        Reason("BANK_DECLINED", "Transaction declined by issuing bank", 16),
        Reason("BANK_UNAVAILABLE", "Remitter bank CBS is offline", 10),
        Reason("BANK_WRONG_PIN", "Incorrect UPI PIN / OTP entered", 11),
        Reason("GW_TIMEOUT", "No response from acquirer within 30 s", 11),
        Reason("GW_ROUTE_DOWN", "No healthy route for this instrument", 5),
        Reason("MERCHANT_LIMIT_EXCEEDED", "Merchant daily limit exceeded", 4),
        Reason("MERCHANT_BAD_CALLBACK", "Merchant callback rejected the order", 3),
        Reason("OPS_RISK_BLOCKED", "Blocked by risk rule", 4),
        Reason("OPS_MANUAL_REVIEW", "Rejected in manual review", 2),
        Reason("96", "System malfunction", 5),
        Reason("U16", None, 3),
    ),
    "CANCELLED": (
        Reason("USER_CANCELLED", "Customer pressed back", 8),
        Reason("MERCHANT_CANCELLED", "Order cancelled by merchant", 2),
    ),
    "EXPIRED": (
        Reason("U69", "Collect request expired", 6),
        Reason("GW_SESSION_EXPIRED", "Payment page expired", 4),
    ),
    "SUCCESS": (Reason(SUCCESS_CODE, "Approved", 9), Reason(SUCCESS_CODE, None, 1)),
}
ANSWERED_SHARES: Mapping[str, float] = {
    "SUCCESS": 0.998,
    "FAILED": 0.985,
    "CANCELLED": 0.6,
    "EXPIRED": 0.4,
}
GATEWAYS: Mapping[str, tuple[float, ...]] = {
    # name: weight for UPI, for everything else
    "BHARATGATE": (50, 15),
    "PAYSETU": (35, 20),
    "NIDHIPAY": (15, 30),
    "RUPEELINK": (0, 35),
}

_NAMES = tuple(GATEWAYS)
_UPI_WEIGHTS = tuple(accumulate(weights[0] for weights in GATEWAYS.values()))
_OTHER_WEIGHTS = tuple(accumulate(weights[1] for weights in GATEWAYS.values()))
_REASON_WEIGHTS = {
    status: tuple(accumulate(reason.weight for reason in reasons))
    for status, reasons in REASONS.items()
}


def draw_verdict(rng: Random, payment_mode: str, status: str) -> Verdict | None:
    """The gateway's words about a payment that ended in `status`; None if it never answered."""
    if rng.random() >= ANSWERED_SHARES[status]:
        return None
    weights = _UPI_WEIGHTS if payment_mode == "UPI" else _OTHER_WEIGHTS
    gateway = rng.choices(_NAMES, cum_weights=weights)[0]
    reason = rng.choices(REASONS[status], cum_weights=_REASON_WEIGHTS[status])[0]
    return Verdict(gateway, reason.code, reason.message)
