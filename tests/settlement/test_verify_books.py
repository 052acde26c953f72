"""`verify` holds the books against the laws of settled money, and names what breaks one."""

from __future__ import annotations

from typing import Any

from settlement_platform.proof.verify_books import verify_books
from settlement_platform.proof.verify_read import connected
from settlement_platform.proof.verify_verdict import TableVerdict


def verdict(books: Any) -> TableVerdict:
    with connected(books.settings.v2_dsn, "v2") as v2:
        return verify_books(v2)


def test_right_books_pass_and_a_planted_paisa_is_named(books: Any) -> None:
    for number in range(3):
        books.pay(f"T{number}", 100_000, merchant=f"M{number % 2}")
    assert len(books.settle()) == 2
    found = verdict(books)
    assert (found.compared, found.different) == (2, 0)

    books.run(
        "UPDATE sp_v2_settlement_items SET fee_paise = fee_paise + 1, net_paise = net_paise - 1"
        " WHERE transaction_id = 'T1'"
    )
    found = verdict(books)
    assert found.different == 2
    assert {one.key["law"] for one in found.examples} == {
        "fee of a batch = fees",
        "net of a batch = items + releases + adjustments",
    }
    assert all(one.key["subject"].startswith("M1 ") for one in found.examples)


def test_an_item_that_stands_in_a_cancelled_batch_is_named(books: Any) -> None:
    books.pay("T1", 100_000)
    [batch] = books.settle()
    books.run("UPDATE sp_v2_settlement_batches SET state = 'CANCELLED'")
    found = verdict(books)
    assert [(one.key["law"], one.key["subject"]) for one in found.examples] == [
        ("items stand as their batch", str(batch.batch_id))
    ]
