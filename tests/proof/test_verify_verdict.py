"""How a verdict is counted, written and shown."""

from __future__ import annotations

import datetime as dt
import json

from settlement_platform.proof.verify_diff import Findings, Item
from settlement_platform.proof.verify_tables import AGGREGATES, MERCHANTS
from settlement_platform.proof.verify_verdict import (
    EXAMPLES_A_TABLE,
    Difference,
    Verdict,
    difference,
    render,
    table_verdict,
)

AS_OF = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
CORE = ("Shop", "1", "525", "2026-01-01 10:00:00.5")
V2 = ("Shop", "1", "526", "2026-01-01 11:00:00")


def verdict(findings: Findings) -> Verdict:
    """Of ten merchants."""
    return Verdict((table_verdict(MERCHANTS, 10, findings),), 2, AS_OF, 1.5, 3)


def test_only_the_columns_that_differ_are_named_and_instants_are_readable() -> None:
    assert difference(MERCHANTS, ("m1",), Item(CORE, V2)) == Difference(
        "different",
        {"merchant_id": "m1"},
        ("rolling_reserve_bps", "updated_at"),
        ("525", "2026-01-01T10:00:00.5Z"),
        ("526", "2026-01-01T11:00:00Z"),
    )


def test_a_missing_row_is_named_with_all_that_the_core_has() -> None:
    named = difference(MERCHANTS, ("m1",), Item(CORE, None))
    assert (named.kind, named.columns, named.v2) == ("missing", MERCHANTS.values, None)
    assert named.core == (*CORE[:3], "2026-01-01T10:00:00.5Z")


def test_a_bucket_is_named_by_its_whole_key() -> None:
    key = ("HOUR", "2026-01-01 10:30:00", "2026-01-01", "m1", "UPI", "SABPAISA_STREAM")
    named = difference(AGGREGATES, key, Item(None, tuple("1" * 10)))
    assert named.key["bucket_start_at"] == "2026-01-01T10:30:00Z"
    assert tuple(named.key) == AGGREGATES.key


def test_a_verdict_without_findings_is_ok() -> None:
    equal = verdict(Findings())
    assert equal.ok
    assert render(equal).startswith("V2 equals the core: 10 rows compared")
    assert equal.to_json() == {
        "ok": True,
        "missing": 0,
        "extra": 0,
        "different": 0,
        "compared": 10,
        "date": None,
        "as_of": "2026-01-02T03:04:05+00:00",
        "seconds": 1.5,
        "rounds": 2,
        "open_dead_letters": 3,
        "tables": [
            {
                "table": "sp_v2_merchant_master",
                "compared": 10,
                "missing": 0,
                "extra": 0,
                "different": 0,
                "examples": [],
            }
        ],
    }


def test_any_one_difference_makes_it_not_ok_and_is_shown_with_both_values() -> None:
    for item in (Item(CORE, None), Item(None, V2), Item(CORE, V2)):
        unequal = verdict(Findings({("m1",): item}))
        assert not unequal.ok
        assert json.loads(json.dumps(unequal.to_json()))[item.kind] == 1
        assert f"{item.kind}: sp_v2_merchant_master merchant_id=m1" in render(unequal)
    assert "rolling_reserve_bps: core 525, V2 526" in render(unequal)
    assert render(unequal).startswith("V2 DOES NOT EQUAL the core")


def test_extra_rows_are_compared_too() -> None:
    extra = Findings({("m1",): Item(None, V2)})
    extra.surplus["extra"] = 5
    assert verdict(extra).compared == 16
    assert verdict(extra).extra == 6


def test_examples_are_few_however_many_differ() -> None:
    many = Findings({(f"m{number}",): Item(CORE, V2) for number in range(100)})
    (table,) = verdict(many).tables
    assert (table.different, len(table.examples)) == (100, EXAMPLES_A_TABLE)


def test_a_verdict_of_one_day_says_so() -> None:
    day = Verdict((), 1, AS_OF, 1.0, 0, date=dt.date(2026, 1, 2))
    assert day.to_json()["date"] == "2026-01-02"
    assert "V2 equals the core for 2026-01-02" in render(day)
