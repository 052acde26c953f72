from __future__ import annotations

from collections import Counter
from random import Random
from statistics import median

import pytest

from settlement_platform.contracts.core import PAYMENT_MODES
from settlement_platform.simulator.world import (
    MERCHANT_COUNT,
    SMALLEST_PAISE,
    TICKETS,
    cycle_days,
    draw_amount_paise,
    draw_mode,
    world,
)


def test_the_same_seed_gives_the_same_world() -> None:
    assert world(7) == world(7)


def test_another_seed_gives_another_world() -> None:
    assert world(7) != world(8)


def test_merchants_are_many_distinct_and_have_terms_the_core_can_hold() -> None:
    merchants = world(7).merchants
    assert len({merchant.merchant_id for merchant in merchants}) == MERCHANT_COUNT
    assert merchants[0].merchant_id == "MERC0001"
    assert {cycle_days(merchant.settlement_cycle) for merchant in merchants} <= set(range(8))
    assert all(0 <= merchant.reserve_bps <= 10_000 for merchant in merchants)


def test_most_merchants_are_paid_after_one_or_two_days() -> None:
    cycles = Counter(merchant.settlement_cycle for merchant in world(7).merchants)
    assert cycles["T+1"] + cycles["T+2"] > MERCHANT_COUNT * 0.65
    assert len(cycles) >= 5


def test_some_trading_names_are_not_ascii() -> None:
    names = [merchant.merchant_name for merchant in world(7).merchants]
    assert sum(not name.isascii() for name in names) >= 5


def test_a_few_merchants_take_most_payments_and_nearly_all_take_some() -> None:
    drawn = Counter(merchant.merchant_id for merchant in world(7).draw_merchants(Random(1), 50_000))
    biggest = sum(count for _, count in drawn.most_common(20))
    assert 0.45 < biggest / 50_000 < 0.75
    assert len(drawn) == MERCHANT_COUNT


def test_seven_payments_in_ten_are_upi_and_every_mode_comes() -> None:
    rng = Random(1)
    drawn = Counter(draw_mode(rng) for _ in range(20_000))
    assert set(drawn) == set(PAYMENT_MODES)
    assert 0.68 < drawn["UPI"] / 20_000 < 0.72


@pytest.mark.parametrize("mode", PAYMENT_MODES)
def test_amounts_lie_around_their_median_and_within_the_limit(mode: str) -> None:
    rng, ticket = Random(1), TICKETS[mode]
    amounts = [draw_amount_paise(rng, mode) for _ in range(5_000)]
    assert min(amounts) >= SMALLEST_PAISE
    assert max(amounts) <= ticket.limit_rupees * 100
    assert 0.9 < median(amounts) / (ticket.median_rupees * 100) < 1.1
    assert 0 < sum(amount % 100 > 0 for amount in amounts) < 5_000
