"""The world that payments come from: merchants with their terms and volumes, modes, tickets."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from settlement_platform.simulator.rows import Merchant
from settlement_platform.simulator.trading_names import SPECIAL_NAMES, trading_name

MERCHANT_COUNT = 200
ONBOARDED_AT = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
"""When every merchant of the world last changed, before traffic changes it."""

ZIPF_EXPONENT = 0.9
CYCLE_WEIGHTS = {0: 5, 1: 45, 2: 35, 3: 7, 4: 2, 5: 2, 6: 1, 7: 3}
"""Business days N of 'T+N', with how many merchants in a hundred have them."""
RESERVE_WEIGHTS = {0: 60, 250: 5, 500: 20, 750: 5, 1_000: 10}
"""Rolling reserve in basis points, with how many merchants in a hundred have it."""


@dataclass(frozen=True)
class Ticket:
    """How payments of one mode look: their share, and the log-normal of their amounts."""

    weight: float
    median_rupees: float
    sigma: float
    limit_rupees: int
    whole_rupees_share: float


TICKETS = {
    "UPI": Ticket(70, 320, 1.1, 100_000, 0.7),
    "CARD": Ticket(15, 1_400, 1.0, 500_000, 0.4),
    "NETBANKING": Ticket(8, 2_600, 1.1, 1_000_000, 0.4),
    "WALLET": Ticket(5, 240, 0.8, 20_000, 0.6),
    "EMI": Ticket(2, 18_000, 0.6, 500_000, 0.3),
}
SMALLEST_PAISE = 100

_MODES = tuple(TICKETS)
_MODE_WEIGHTS = tuple(accumulate(ticket.weight for ticket in TICKETS.values()))


@dataclass(frozen=True)
class World:
    """Merchants, and the running sum of their volume weights in the same order."""

    merchants: tuple[Merchant, ...]
    cumulative_weights: tuple[float, ...]

    def draw_merchants(self, rng: Random, count: int) -> list[Merchant]:
        """The merchants of `count` payments: a few big ones take most."""
        return rng.choices(self.merchants, cum_weights=self.cumulative_weights, k=count)


def world(seed: int) -> World:
    """The world of a seed; the same seed gives the same world."""
    rng = Random(f"world:{seed}")
    names = [*SPECIAL_NAMES]
    names += [trading_name(rng) for _ in range(MERCHANT_COUNT - len(names))]
    rng.shuffle(names)
    merchants = tuple(
        Merchant(f"MERC{number:04d}", name, draw_cycle(rng), draw_reserve_bps(rng), ONBOARDED_AT)
        for number, name in enumerate(names, start=1)
    )
    weights = [1 / rank**ZIPF_EXPONENT for rank in range(1, MERCHANT_COUNT + 1)]
    rng.shuffle(weights)
    return World(merchants, tuple(accumulate(weights)))


def draw_cycle(rng: Random) -> str:
    """A settlement cycle as the core writes it: 'T+N'."""
    days = rng.choices(tuple(CYCLE_WEIGHTS), tuple(CYCLE_WEIGHTS.values()))[0]
    return f"T+{days}"


def cycle_days(settlement_cycle: str) -> int:
    """The N of a cycle 'T+N', in business days."""
    return int(settlement_cycle.removeprefix("T+"))


def draw_reserve_bps(rng: Random) -> int:
    """A rolling reserve in basis points of the payout."""
    return rng.choices(tuple(RESERVE_WEIGHTS), tuple(RESERVE_WEIGHTS.values()))[0]


def draw_mode(rng: Random) -> str:
    """A payment mode: seven in ten are UPI."""
    return rng.choices(_MODES, cum_weights=_MODE_WEIGHTS)[0]


def draw_amount_paise(rng: Random, payment_mode: str) -> int:
    """The amount of one payment in paise: log-normal around the mode's median, within its limit."""
    ticket = TICKETS[payment_mode]
    paise = int(rng.lognormvariate(math.log(ticket.median_rupees), ticket.sigma) * 100)
    if rng.random() < ticket.whole_rupees_share:
        paise -= paise % 100
    return min(max(paise, SMALLEST_PAISE), ticket.limit_rupees * 100)
