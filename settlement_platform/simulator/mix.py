"""What live traffic consists of: the share of each kind of operation."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass
from enum import StrEnum


class OperationKind(StrEnum):
    """What one commit does to the core. The values are the fields of Mix, but for the last."""

    NEW_PAYMENT = "new_payment"
    OUTCOME = "outcome"
    SETTLEMENT = "settlement"
    MERCHANT_CHANGE = "merchant_change"
    NEW_MERCHANT = "new_merchant"
    UNSETTLEMENT = "unsettlement"
    AMOUNT_CORRECTION = "amount_correction"
    MERCHANT_CORRECTION = "merchant_correction"
    KEY_CHANGE = "key_change"
    DELETION = "deletion"
    MERCHANT_ARRIVAL = "merchant_arrival"


@dataclass(frozen=True)
class Mix:
    """Weights of the kinds; 0 switches one off. The default adds up to 100.

    An operation that finds nothing to work on becomes a new payment. `new_merchant` is the first
    payment of a merchant that the core does not know yet; its row follows some commits later.
    Raises ValueError for a negative weight, or without new payments.
    """

    new_payment: float = 42.0
    outcome: float = 40.0
    settlement: float = 14.0
    merchant_change: float = 1.0
    new_merchant: float = 0.3
    unsettlement: float = 0.8
    amount_correction: float = 0.7
    merchant_correction: float = 0.4
    key_change: float = 0.1
    deletion: float = 0.7

    def __post_init__(self) -> None:
        if not all(math.isfinite(weight) and weight >= 0 for weight in self.weights()):
            raise ValueError(f"weights are 0 or more: {self}")
        if self.new_payment == 0:
            raise ValueError("there is no traffic without new payments")

    def weights(self) -> tuple[float, ...]:
        """The weights in the order of OperationKind."""
        return astuple(self)

    @classmethod
    def append_only(cls) -> Mix:
        """Nothing that was captured is ever taken back: no total of captured money can fall."""
        return cls(
            new_merchant=0,
            unsettlement=0,
            amount_correction=0,
            merchant_correction=0,
            key_change=0,
            deletion=0,
        )
