"""What a captured column may look like on the wire, and what is a dead letter.

Debezium's JSON gives every business value as text here (decimals by `decimal.handling.mode=string`,
a date as days since 1970, a timestamptz as ISO 8601 in UTC). A rule is a regular expression that is
exact: what matches it can be cast without loss, so nothing is rounded and no cast can fail.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from settlement_platform.contracts.batches import (
    ADJUSTMENT_KINDS,
    ITEM_STATES,
    Adjustment,
    SettlementItem,
)
from settlement_platform.contracts.core import (
    CORE_STATUSES,
    MerchantData,
    PaymentGatewayResponse,
    SettlementCanary,
    TransactionToSettle,
)
from settlement_platform.contracts.scalars import Base, CoreBase
from settlement_platform.contracts.settlement import RESTATEMENT_REASONS, Restatement

LONGEST_TEXT = 256
_LEAP_DAY = "([12][0-9](0[48]|[2468][048]|[13579][26])|2000)-02-29"
_DAY = (
    "[12][0-9]{3}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
    "|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
)


@dataclass(frozen=True)
class WireRule:
    """The text forms that a value may have, and what to say of any other."""

    pattern: str
    otherwise: str
    nullable: bool = False


TEXT = WireRule(
    f"[^\\p{{Cntrl}}]{{1,{LONGEST_TEXT}}}",
    f"is not text of 1 to {LONGEST_TEXT} characters without control characters",
)
OPTIONAL_TEXT = WireRule(
    f"[^\\p{{Cntrl}}]{{0,{LONGEST_TEXT}}}",
    f"is not text of at most {LONGEST_TEXT} characters without control characters",
    nullable=True,
)
RUPEES = WireRule(
    "[0-9]{1,12}([.][0-9]{1,2})?",
    "is not an amount in rupees: up to 12 digits, at most two decimals, no sign or exponent",
)
PERCENT = WireRule("([0-9]{1,2}([.][0-9]{1,2})?|100([.]0{1,2})?)", "is not a percentage")
FLAG = WireRule("[01]", "is neither '0' nor '1'")
STATUS = WireRule("|".join(CORE_STATUSES), "is a status without a meaning")
DAYS = WireRule("[0-9]{1,5}", "is not a date between 1970 and 2243")
INSTANT = WireRule(
    f"({_DAY}|{_LEAP_DAY})T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{{1,6}})?Z",
    "is not an instant in UTC",
)
CYCLE = WireRule("T[+][0-9]{1,2}", "is not a settlement cycle T+N")
ONE = WireRule("1", "is not 1")
ORDINAL = WireRule("[0-9]{1,18}", "is not a number of a thing")
PAISE = WireRule("-?[0-9]{1,18}", "is not an amount in paise")
UUID = WireRule("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "is not a UUID")
ITEM_STATE = WireRule("|".join(ITEM_STATES), "is no state of a batch's item")
ADJUSTMENT_KIND = WireRule("|".join(ADJUSTMENT_KINDS), "is no kind of adjustment")
OPTIONAL_INSTANT, OPTIONAL_ORDINAL, OPTIONAL_UUID = (
    replace(rule, nullable=True) for rule in (INSTANT, ORDINAL, UUID)
)
REASON = WireRule("|".join(RESTATEMENT_REASONS), "is no reason to restate")
BARE = (DAYS, ONE, ORDINAL, OPTIONAL_ORDINAL, PAISE)
"""What Debezium writes as a number and not as a text."""

WIRE_RULES: dict[type[CoreBase | Base], dict[str, WireRule]] = {
    TransactionToSettle: {
        "txn_id": TEXT,
        "merchant_code": TEXT,
        "amount": RUPEES,
        "payment_mode": TEXT,
        "txn_date": DAYS,
        "is_settled": FLAG,
        "status": STATUS,
        "created_at": INSTANT,
        "updated_at": INSTANT,
    },
    MerchantData: {
        "merchant_id": TEXT,
        "merchant_name": TEXT,
        "settlement_cycle": CYCLE,
        "rolling_reserve_percentage": PERCENT,
        "updated_at": INSTANT,
    },
    PaymentGatewayResponse: {
        "txn_id": TEXT,
        "gateway": TEXT,
        "response_code": TEXT,
        "response_message": OPTIONAL_TEXT,
        "responded_at": INSTANT,
    },
    SettlementCanary: {"canary_id": ONE, "beat_at": INSTANT},
    Restatement: {
        "restatement_id": ORDINAL,
        "transaction_id": TEXT,
        "reason": REASON,
        "cause": TEXT,
        "requested_at": INSTANT,
        "batch_id": OPTIONAL_UUID,
    },
    SettlementItem: {
        "batch_id": UUID,
        "transaction_id": TEXT,
        "merchant_id": TEXT,
        "due_date": DAYS,
        "amount_paise": PAISE,
        "fee_paise": PAISE,
        "gst_paise": PAISE,
        "reserve_hold_paise": PAISE,
        "net_paise": PAISE,
        "item_state": ITEM_STATE,
        "settled_at": INSTANT,
        "paid_out_at": OPTIONAL_INSTANT,
        "utr": OPTIONAL_TEXT,
        "released_at": OPTIONAL_INSTANT,
        "terms_id": OPTIONAL_ORDINAL,
        "fee_rate_id": OPTIONAL_ORDINAL,
    },
    Adjustment: {
        "adjustment_id": TEXT,
        "merchant_id": TEXT,
        "kind": ADJUSTMENT_KIND,
        "origin_id": TEXT,
        "due_date": DAYS,
        "amount_paise": PAISE,
        "recorded_at": INSTANT,
        "recorded_by": TEXT,
    },
}
"""For each captured table, the rule of each column, in the order of the core's columns."""
