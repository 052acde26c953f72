"""Fee, GST, reserve hold and net, against decimals and against what others published."""

from __future__ import annotations

import random
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement_platform.settlement.money import (
    Bearer,
    Fee,
    Money,
    MoneyError,
    money_of,
    paise_of,
    share_of,
)

CASES = 100_000
AMOUNTS = st.integers(0, 10**14)
RATES = st.integers(0, 10_000)
FEES = st.builds(Fee, RATES, st.integers(0, 10**6), st.sampled_from(Bearer))


def rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def reference(amount_paise: int, fee: Fee, reserve_bps: int) -> tuple[Decimal, ...]:
    """Fee, GST, hold and net in rupees, as one would write them on paper."""
    amount, fixed = Decimal(amount_paise) / 100, Decimal(fee.fixed_paise) / 100
    charged = rounded(amount * fee.bps / 10_000) + fixed
    tax = rounded(charged * Decimal("0.18"))
    if fee.bearer is Bearer.CUSTOMER:
        charged = tax = Decimal(0)
    left = amount - charged - tax
    hold = rounded(left * reserve_bps / 10_000) if left > 0 else Decimal(0)
    return charged, tax, hold, left - hold


def test_100_000_random_cases_agree_with_decimals_to_the_paisa() -> None:
    seeded = random.Random(20261123)
    for _ in range(CASES):
        amount_paise = seeded.randrange(10 ** seeded.randint(1, 14))
        fee = Fee(
            seeded.randrange(10_001) if seeded.random() < 0.1 else seeded.randrange(400),
            seeded.choice((0, 0, 1, 300, seeded.randrange(10_000))),
            seeded.choice((Bearer.MERCHANT, Bearer.MERCHANT, Bearer.CUSTOMER)),
        )
        reserve_bps = seeded.choice((0, 500, 1_000, seeded.randrange(10_001)))
        money = money_of(amount_paise, fee, reserve_bps)
        ours = (money.fee_paise, money.gst_paise, money.reserve_hold_paise, money.net_paise)
        assert tuple(Decimal(paise) / 100 for paise in ours) == reference(
            amount_paise, fee, reserve_bps
        ), (amount_paise, fee, reserve_bps)


@given(AMOUNTS, FEES, RATES)
def test_an_amount_is_its_net_and_all_that_was_taken_off(
    amount_paise: int, fee: Fee, reserve_bps: int
) -> None:
    money = money_of(amount_paise, fee, reserve_bps)
    off = money.fee_paise + money.gst_paise + money.reserve_hold_paise
    assert money.net_paise + off == amount_paise
    assert money.reserve_hold_paise >= 0


def test_the_example_that_cashfree_published() -> None:
    money = money_of(51_000_00, Fee(bps=190), reserve_bps=0)
    assert money == Money(51_000_00, 969_00, 174_42, 0)
    assert money.net_paise == 49_856_58


@pytest.mark.parametrize(
    ("paise", "bps", "expected"),
    [(50, 100, 1), (49, 100, 0), (149, 100, 1), (150, 100, 2), (1, 5_000, 1), (1, 4_999, 0)],
)
def test_half_a_paisa_is_rounded_up(paise: int, bps: int, expected: int) -> None:
    assert share_of(paise, bps) == expected


def test_the_fixed_fee_adds_to_the_rounded_share_and_bears_gst() -> None:
    money = money_of(100_50, Fee(bps=199, fixed_paise=300), reserve_bps=0)
    assert money.fee_paise == 200 + 300  # 199.995 paise are 200
    assert money.gst_paise == 90


def test_a_fee_that_the_customer_bears_comes_on_top_of_the_amount() -> None:
    money = money_of(1_000_00, Fee(200, 300, Bearer.CUSTOMER), reserve_bps=1_000)
    assert (money.fee_paise, money.gst_paise) == (0, 0)
    assert (money.customer_fee_paise, money.customer_gst_paise) == (2_300, 414)
    assert (money.reserve_hold_paise, money.net_paise) == (100_00, 900_00)


def test_of_a_payment_that_its_fee_uses_up_nothing_is_held() -> None:
    money = money_of(100, Fee(bps=0, fixed_paise=300), reserve_bps=1_000)
    assert money == Money(100, 300, 54, 0)
    assert money.net_paise == -254


@pytest.mark.parametrize("fee", [(-1, 0), (10_001, 0), (0, -1)])
def test_a_fee_that_is_none_is_refused(fee: tuple[int, int]) -> None:
    with pytest.raises(MoneyError):
        Fee(*fee)


def test_a_negative_amount_or_reserve_is_refused() -> None:
    with pytest.raises(MoneyError, match="-1 paise"):
        money_of(-1, Fee(0), 0)
    with pytest.raises(MoneyError, match="10001 bps"):
        money_of(1, Fee(0), 10_001)


@given(st.integers(0, 10**14 - 1))
def test_an_amount_as_text_is_read_to_the_paisa(paise: int) -> None:
    assert paise_of(f"{paise // 100}.{paise % 100:02}") == paise


@pytest.mark.parametrize(("text", "paise"), [("0", 0), ("7", 700), ("7.5", 750), ("007.05", 705)])
def test_amounts_with_fewer_decimals(text: str, paise: int) -> None:
    assert paise_of(text) == paise


@pytest.mark.parametrize(
    "text",
    ["", " ", "5000.005", "1e3", " 5000.00", "5000.00 ", "-1", "+1", "1,000", "1_000", "1.", ".5"]
    + ["10000000000000", "92233720368547758.08", "NaN", "Infinity", "0x10", "\u0967\u0968", "1\n"],
)
def test_a_text_that_is_no_amount_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(MoneyError, match="is not an amount in rupees") as refused:
        paise_of(text)
    assert text.strip() == "" or text not in str(refused.value).split(" → ")[0]
