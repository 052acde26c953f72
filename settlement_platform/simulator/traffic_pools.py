"""What live traffic remembers of its payments, bounded: what falls out is never touched again."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from random import Random

from settlement_platform.simulator.rows import Transaction

FEWEST_WAITING = 30
"""Payments stay open until so many others have begun."""
MOST_WAITING = 2_000
WAITING_JITTER = 10
FEWEST_POOLED = 10
MOST_POOLED = 20_000


@dataclass(slots=True)
class Payment:
    """One payment that traffic made; its lane is its serial number and never changes."""

    lane: int
    row: Transaction
    key_changes: int = 0

    def become(self, row: Transaction) -> Transaction:
        """Takes on a new version, and returns it."""
        self.row = row
        return row


class WaitingLine:
    """Payments without an outcome; they leave about in the order in which they came."""

    def __init__(self) -> None:
        self._payments: deque[Payment] = deque(maxlen=MOST_WAITING)

    @property
    def is_full(self) -> bool:
        """True when the next payment would push out the oldest."""
        return len(self._payments) == MOST_WAITING

    def join(self, payment: Payment) -> None:
        """The newest payment stands at the end."""
        self._payments.append(payment)

    def leave(self, rng: Random) -> Payment | None:
        """One of the oldest few; None while the line is short."""
        if len(self._payments) < FEWEST_WAITING:
            return None
        place = rng.randrange(WAITING_JITTER)
        payment = self._payments[place]
        del self._payments[place]
        return payment


class Pool:
    """Payments in one state, drawn by chance."""

    def __init__(self) -> None:
        self._payments: list[Payment] = []

    def __len__(self) -> int:
        return len(self._payments)

    def put(self, payment: Payment, rng: Random) -> None:
        """Keeps a payment; a full pool forgets another one for it."""
        if len(self._payments) < MOST_POOLED:
            self._payments.append(payment)
        else:
            self._payments[rng.randrange(MOST_POOLED)] = payment

    def pick(self, rng: Random) -> Payment | None:
        """Any payment, which stays; None while there are few."""
        if len(self._payments) < FEWEST_POOLED:
            return None
        return self._payments[rng.randrange(len(self._payments))]

    def take(self, rng: Random) -> Payment | None:
        """Any payment, which leaves; None while there are few."""
        payments = self._payments
        if len(payments) < FEWEST_POOLED:
            return None
        place = rng.randrange(len(payments))
        payments[place], payments[-1] = payments[-1], payments[place]
        return payments.pop()
