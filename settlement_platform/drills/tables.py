"""The core's tables changed under the stream: truncated, a column renamed, retyped, added."""

from __future__ import annotations

from settlement_platform.drills.scene import Scene
from settlement_platform.errors import DrillError

COLUMNS = "core_columns_are_the_contract"
DEAD_LETTERS = "no_dead_letter_is_open"
MOST_PAYMENTS = 100_000
"""TRUNCATE is drilled with all payments, which are taken out of V2 and brought back."""


def table_truncated(scene: Scene) -> None:
    """All payments are truncated; V2 follows, first without them and then with them restored."""
    _payments_in_v2(scene)
    [(count,)] = scene.core("SELECT count(*) FROM transactions_to_settle")
    if count > MOST_PAYMENTS:
        raise DrillError(
            f"the core has {count:,} payments, and this drill takes all of them out of V2",
            f"run it on a stack with at most {MOST_PAYMENTS:,}",
        )
    scene.dates |= {
        d for (d,) in scene.core("SELECT DISTINCT txn_date FROM transactions_to_settle")
    }
    scene.core("CREATE TABLE drill_kept AS TABLE transactions_to_settle")
    try:
        scene.core("TRUNCATE transactions_to_settle")
        scene.broke("core: TRUNCATE transactions_to_settle")
        scene.until_red("core_has_the_rows_of_v2", "it was truncated")
        scene.settlement_replay(remove_most=True)
    finally:
        scene.core("INSERT INTO transactions_to_settle TABLE drill_kept ON CONFLICT DO NOTHING")
        scene.core("DROP TABLE drill_kept")
        scene.did(f"core: restored {count:,} payments")


def _payments_in_v2(scene: Scene) -> list[str]:
    paid = scene.pay(3)
    scene.until(lambda: scene.are_in_v2(paid), "payments are not in V2")
    return paid


def _changes_that_cannot_be_applied(scene: Scene, paid: list[str]) -> None:
    changed, deleted, _ = paid
    scene.pay(3)
    scene.core(
        "UPDATE transactions_to_settle SET is_settled = '1' WHERE txn_id = %(id)s", id=changed
    )
    scene.core("DELETE FROM transactions_to_settle WHERE txn_id = %(id)s", id=deleted)
    scene.until_red(DEAD_LETTERS, "could not be applied")
    scene.did("core: 3 payments inserted, 1 settled, 1 deleted meanwhile")


def _after_it(scene: Scene) -> None:
    scene.settlement_replay()
    scene.dismiss_dead_letters()


def column_renamed(scene: Scene) -> None:
    """A column that payments need has another name for a while."""
    paid = _payments_in_v2(scene)
    with scene.changed(
        "ALTER TABLE transactions_to_settle RENAME amount TO amount_inr",
        "ALTER TABLE transactions_to_settle RENAME amount_inr TO amount",
    ):
        scene.until_red(COLUMNS, r"amount is missing \(renamed to amount_inr\?\)")
        _changes_that_cannot_be_applied(scene, paid)
    _after_it(scene)


def column_retyped(scene: Scene) -> None:
    """A column that payments need has another type for a while."""
    paid = _payments_in_v2(scene)
    with scene.changed(
        "ALTER TABLE transactions_to_settle ALTER txn_date TYPE text",
        "ALTER TABLE transactions_to_settle ALTER txn_date TYPE date USING txn_date::date",
    ):
        scene.until_red(COLUMNS, "txn_date is text, not date")
        _changes_that_cannot_be_applied(scene, paid)
    _after_it(scene)


def column_added(scene: Scene) -> None:
    """The core has a column that nobody reads: a warning, and numbers are right."""
    with scene.changed(
        "ALTER TABLE transactions_to_settle ADD COLUMN channel text DEFAULT 'web'",
        "ALTER TABLE transactions_to_settle DROP COLUMN channel",
    ):
        paid = scene.pay(3)
        scene.until_red("core_has_no_new_columns", r"transactions_to_settle.channel \(text\)")
        scene.until(lambda: scene.are_in_v2(paid), "payments with a new column are not in V2")
    scene.pay(1)
