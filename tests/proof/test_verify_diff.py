"""Which rows differ, and which of them for good."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from settlement_platform.proof.verify_diff import (
    Findings,
    Item,
    agree,
    apart,
    collect,
    compare_sorted,
    contradiction,
    differing_slots,
    disagreeing,
    of_every_kind,
    settled_and_moving,
)

A, B, C = ("a",), ("b",), ("c",)
ONE, TWO = ("1", None), ("2", None)
TABLES = st.dictionaries(st.tuples(st.text(max_size=2)), st.tuples(st.sampled_from("12")))


def test_slots_differ_by_row_count_by_hash_or_by_being_on_one_side_only() -> None:
    core = {"same": (1, "5"), "count": (1, "5"), "hash": (1, "5"), "core": (1, "5")}
    v2 = {"same": (1, "5"), "count": (2, "5"), "hash": (1, "6"), "v2": (1, "5")}
    assert differing_slots(core, v2) == ["core", "count", "hash", "v2"]


def test_each_way_of_differing_is_told_with_both_values() -> None:
    core = [(A, ONE), (B, ONE), (C, ONE)]
    v2 = [(B, TWO), (C, ONE), (("d",), ONE)]
    found = dict(compare_sorted(core, v2))
    assert found == {A: Item(ONE, None), B: Item(ONE, TWO), ("d",): Item(None, ONE)}
    assert [item.kind for item in found.values()] == ["missing", "different", "extra"]


@given(core=TABLES, v2=TABLES)
def test_walking_sorted_streams_finds_what_comparing_dictionaries_finds(
    core: dict[tuple[str], tuple[str]], v2: dict[tuple[str], tuple[str]]
) -> None:
    expected = {
        key: Item(core.get(key), v2.get(key))
        for key in core.keys() | v2.keys()
        if core.get(key) != v2.get(key)
    }
    assert dict(compare_sorted(sorted(core.items()), sorted(v2.items()))) == expected


def test_keys_are_ordered_as_the_servers_order_their_bytes() -> None:
    keys = ["Z", "a", "é", "\uffee", "\U0001f600"]
    assert sorted(keys) == sorted(keys, key=str.encode)


def test_what_is_beyond_the_limit_is_counted_and_not_kept() -> None:
    differing = [(A, Item(ONE, None)), (B, Item(ONE, TWO)), (C, Item(ONE, None))]
    findings = collect(differing, 1)
    assert findings.items == {A: Item(ONE, None)}
    assert [findings.count(kind) for kind in ("missing", "extra", "different")] == [2, 0, 1]
    assert Findings().count("missing") == 0


def test_a_row_to_look_at_again_is_no_difference_and_hides_none() -> None:
    findings = Findings({A: Item(ONE, TWO)})
    findings.look_again_at([A, B])
    assert set(findings.items) == {A, B}
    assert apart(findings.items) == {A: Item(ONE, TWO)}


def test_an_item_that_stands_still_on_both_sides_differs_for_good() -> None:
    before = {A: Item(ONE, TWO), B: Item(ONE, TWO)}
    now = {A: Item(ONE, TWO), B: Item(TWO, ONE), C: Item(None, ONE)}
    settled, moving = settled_and_moving(before, now)
    assert settled == {A: Item(ONE, TWO)}
    assert moving == {B: Item(TWO, ONE), C: Item(None, ONE)}


def test_an_item_that_ended_equal_is_no_difference() -> None:
    assert apart({A: Item(ONE, ONE), B: Item(ONE, TWO), C: Item(None, None)}) == {B: Item(ONE, TWO)}


def test_a_quiet_row_agrees_with_the_first_view_of_the_core() -> None:
    assert agree([(100, ONE), (200, ONE)], [(7, ONE)])
    assert not agree([(100, ONE), (200, ONE)], [(7, TWO)])


def test_a_row_that_neither_side_has_agrees() -> None:
    assert agree([(100, None)], [(0, None)])
    assert not agree([(100, ONE)], [(0, None)])


def test_a_moving_row_agrees_where_v2_passed_through_what_the_core_had() -> None:
    core = [(100, ONE), (200, TWO)]
    assert agree(core, [(150, TWO), (250, ("3", None))])


def test_a_later_value_that_looks_like_an_earlier_one_of_the_core_does_not_agree() -> None:
    """V2 lost one payment; with the next one of the same amount it shows what the core showed."""
    core = [(100, ("10",)), (200, ("11",)), (300, ("12",))]
    assert not agree(core, [(90, ("9",)), (190, ("10",)), (290, ("11",))])


def test_a_value_that_was_replaced_before_the_core_was_seen_with_it_does_not_agree() -> None:
    """The core went from 10 to 9 at 150; V2 showed 9 before and 8 after."""
    assert not agree([(200, ("9",))], [(90, ("9",)), (150, ("8",))])


def test_what_the_core_was_not_seen_with_since_disagrees() -> None:
    assert not agree([(100, ONE)], [(101, ONE)])
    assert not agree([], [(101, ONE)])
    assert disagreeing([A, B], {A: [(100, ONE)]}, {A: {(99, ONE)}, B: {(99, ONE)}}) == {B}


def test_what_never_agreed_is_shown_with_unequal_values() -> None:
    core = [(100, ("10",)), (200, ("11",)), (300, ("12",))]
    assert contradiction(core, {(90, ("9",)), (190, ("10",))}) == Item(("11",), ("10",))
    assert contradiction(core, {(0, None)}) == Item(("10",), None)


def test_what_cannot_be_held_against_the_core_is_shown_as_it_is() -> None:
    assert contradiction([(100, ONE), (200, TWO)], {(999, ONE)}) == Item(ONE, ONE)


def test_many_of_one_kind_hide_no_other_kind() -> None:
    items = {(f"{number:03}",): Item(ONE, None) for number in range(100)}
    items[("x",)] = Item(ONE, TWO)
    items[("y",)] = Item(None, TWO)
    shown = of_every_kind(items, 5)
    assert [key for key, _ in shown] == [("000",), ("001",), ("002",), ("x",), ("y",)]
