"""Due payments become batches in V2: once, to the paisa, whoever else runs."""

from __future__ import annotations

import datetime as dt
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jsonschema
import psycopg
import pytest

from settlement_platform.contracts.events import event_schemas
from settlement_platform.settlement.batch_states import Action, IllegalStepError, State
from settlement_platform.settlement.batches import Adjustment, AdjustmentKind, BatchError
from settlement_platform.settlement.books.accounts import add_adjustment, consume_reserve
from settlement_platform.settlement.books.credits import apply_statement
from settlement_platform.settlement.books.settling import submit_calculated
from settlement_platform.settlement.books.steps import (
    KeyReusedError,
    StepConflictError,
    UnknownBatchError,
    once,
)
from settlement_platform.settlement.reserve import ReserveError
from settlement_platform.storage.writing import writing

TODAY = dt.date(2026, 3, 5)
HOLIDAY = dt.date(2026, 3, 3)  # Holi in Maharashtra
SUBMIT, APPROVE, SEND, CREDIT, FAIL, CANCEL = Action
PAID = (SUBMIT, APPROVE, SEND, CREDIT)
BATCH = """SELECT merchant_id, state, item_count, gross_paise, fee_paise, gst_paise,
  reserve_held_paise, reserve_released_paise, adjustments_paise, net_paise
  FROM sp_v2_settlement_batches ORDER BY merchant_id, calculated_at"""
ITEMS = "SELECT transaction_id, item_state FROM sp_v2_settlement_items ORDER BY 1, settled_at"


def refund(books: Any, name: str, paise: int, origin: str, due: dt.date = TODAY) -> bool:
    kind = AdjustmentKind.REFUND if paise < 0 else AdjustmentKind.REVERSAL
    with writing(books.dsn) as v2:
        return add_adjustment(v2, Adjustment(name, "M1", kind, origin, due, paise), "alice")


def test_what_is_due_becomes_one_batch_a_merchant_with_all_that_belongs_to_it(books: Any) -> None:
    books.pay("T1", 100_000)
    books.pay("T2", 50_000, due=TODAY - dt.timedelta(days=9))
    books.pay("later", 1, due=TODAY + dt.timedelta(days=1))
    books.pay("other", 7_000, merchant="M2")
    refund(books, "R1", -10_000, "T1")
    made = books.settle()
    assert [(one.merchant_id, one.item_count) for one in made] == [("M1", 2), ("M2", 1)]
    gross, fee, gst = 150_000, 3_000, 540
    held = 4_882 + 2_441  # 5 % of 97,640 and of 48,820
    net = gross - fee - gst - held - 10_000
    first = books.run(BATCH)[0]
    assert first == ("M1", "CALCULATED", 2, gross, fee, gst, held, 0, -10_000, net)
    assert books.run(ITEMS) == [("T1", "LIVE"), ("T2", "LIVE"), ("other", "LIVE")]
    reserve = "SELECT kind, amount_paise, hold_id = batch_id FROM sp_v2_reserve_ledger ORDER BY 2"
    assert books.run(reserve)[-1] == ("HOLD", held, True)
    assert books.breaches() == []
    assert books.settle() == []


def test_what_is_not_due_not_known_deleted_or_paid_by_the_core_is_left_alone(books: Any) -> None:
    for name, change in {
        "unknown": "net_paise = NULL",
        "deleted": "deleted_at = now()",
        "paid by the core": "status = 'SETTLED', settled_at = now()",
        "not captured": "captured_at = NULL, status = 'FAILED'",
        "undated": "expected_settlement_date = NULL",
    }.items():
        books.pay(name, 1_000)
        books.run(
            f"UPDATE sp_v2_transactions SET {change}, source_lsn = 20 WHERE transaction_id = %s",
            [name],
        )
    assert books.settle() == []


def test_banks_that_do_not_settle_make_no_batch_and_the_day_after_pays_it(books: Any) -> None:
    books.pay("T1", 1_000, due=HOLIDAY)
    assert books.settle(HOLIDAY) == []
    assert len(books.settle(HOLIDAY + dt.timedelta(days=1))) == 1


def test_two_runs_at_once_have_one_effect(books: Any) -> None:
    for number in range(20):
        books.pay(f"T{number}", 1_000 + number, merchant=f"M{number % 4}")
    with ThreadPoolExecutor(4) as pool:
        made = [one for found in pool.map(lambda _: books.settle(), range(4)) for one in found]
    assert sorted(one.merchant_id for one in made) == ["M0", "M1", "M2", "M3"]
    assert books.run("SELECT count(*) FROM sp_v2_settlement_items") == [(20,)]
    assert len(books.events()) == 4
    assert books.breaches() == []


def test_a_merchant_whose_money_contradicts_itself_keeps_no_other_from_its_payout(
    books: Any,
) -> None:
    books.pay("wrong", 1_000, merchant="M1")
    books.run("UPDATE sp_v2_transactions SET net_paise = 1, source_lsn = 20")
    books.pay("right", 1_000, merchant="M2")
    with pytest.raises(BatchError, match=r"1 merchants have no batch .* M1: transaction wrong"):
        books.settle()
    assert [row[0] for row in books.run(BATCH)] == ["M2"]


@pytest.mark.parametrize("action", [FAIL, CANCEL])
def test_a_batch_that_is_undone_frees_its_payments_for_the_next(books: Any, action: Action) -> None:
    books.pay("T1", 100_000)
    refund(books, "R1", -10_000, "T1")
    [first] = books.settle()
    books.walk(first.batch_id, SUBMIT, APPROVE, SEND, action)
    assert books.run(ITEMS) == [("T1", "RELEASED")]
    assert books.breaches() == []
    [second] = books.settle()
    assert (second.net_paise, second.item_count) == (first.net_paise, 1)
    assert books.run(ITEMS) == [("T1", "RELEASED"), ("T1", "LIVE")]
    assert books.breaches() == []


def test_each_step_says_who_and_when_and_tells_its_event(books: Any) -> None:
    books.pay("T1", 100_000)
    [made] = books.settle()
    assert submit_calculated(books.dsn, TODAY, "schedule") == [made.batch_id]
    assert submit_calculated(books.dsn, TODAY, "schedule") == []
    batch = books.walk(made.batch_id, APPROVE, SEND, CREDIT)
    assert (batch["state"], batch["approved_by"], batch["submitted_by"]) == (
        "CREDITED",
        "alice",
        "schedule",
    )
    steps = [batch[f"{name}_at"] for name in ("calculated", "submitted", "approved", "sent")]
    assert [*steps, batch["credited_at"]] == sorted([*steps, batch["credited_at"]])
    told = dict(books.events())
    assert set(told) == {
        "settlement.batches.created",
        "settlement.batches.approved",
        "settlement.transfers.completed",
    }
    assert told["settlement.transfers.completed"]["utr"] == batch["utr"]
    paid = "SELECT item_state, paid_out_at, utr FROM sp_v2_settlement_items"
    assert books.run(paid) == [("CREDITED", batch["credited_at"], batch["utr"])]
    actions = "SELECT actor, action FROM sp_v2_audit_log ORDER BY audit_id"
    assert books.run(actions) == [
        ("schedule", "calculate"),
        ("schedule", "submit"),
        ("alice", "approve"),
        ("alice", "send"),
        ("alice", "credit"),
    ]


def test_every_event_keeps_its_schema_and_a_large_batch_is_told_in_parts(books: Any) -> None:
    for number in range(1_001):
        books.pay(f"T{number:04}", 100)
    [made] = books.settle()
    books.walk(made.batch_id, SUBMIT, APPROVE, SEND, FAIL)
    [again] = books.settle()
    books.walk(again.batch_id, CANCEL)
    [last] = books.settle()
    books.walk(last.batch_id, *PAID)
    told = books.events()
    for topic, payload in told:
        jsonschema.validate(payload, event_schemas()[topic][1])
    parts = [
        payload
        for topic, payload in told
        if topic == "settlement.batches.cancelled" and payload["batch_id"] == str(again.batch_id)
    ]
    assert [payload["parts"] for payload in parts] == [3, 3, 3]
    named = [name for payload in parts for name in payload["transaction_ids"]]
    assert sorted(named) == [f"T{number:04}" for number in range(1_001)]
    assert len({payload["event_id"] for _, payload in told}) == len(told)
    keys = "SELECT count(*) FROM sp_v2_outbox WHERE aggregateid = payload->>'batch_id'"
    assert books.run(keys) == [(len(told),)]


def test_an_illegal_step_is_refused_with_what_is_legal_and_changes_nothing(books: Any) -> None:
    books.pay("T1", 100_000)
    [made] = books.settle()
    with pytest.raises(IllegalStepError) as refused:
        books.step(made.batch_id, CREDIT)
    assert refused.value.legal == (State.PENDING_APPROVAL, State.FAILED, State.CANCELLED)
    books.walk(made.batch_id, *PAID)
    with pytest.raises(IllegalStepError):
        books.step(made.batch_id, CANCEL)
    assert books.run(ITEMS) == [("T1", "CREDITED")]
    with pytest.raises(UnknownBatchError):
        books.step(uuid.uuid4(), APPROVE)


def test_the_same_step_happens_once_and_one_with_other_facts_is_refused(books: Any) -> None:
    books.pay("T1", 100_000)
    [made] = books.settle()
    books.step(made.batch_id, SUBMIT)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: books.step(made.batch_id, APPROVE), range(4)))
    books.walk(made.batch_id, SEND, CREDIT, CREDIT)
    assert [topic for topic, _ in books.events()].count("settlement.batches.approved") == 1
    assert [topic for topic, _ in books.events()].count("settlement.transfers.completed") == 1
    with pytest.raises(StepConflictError, match="has another utr"):
        books.step(made.batch_id, CREDIT, utr="ANOTHER0001")
    with pytest.raises(StepConflictError, match="has another value_date"):
        books.step(made.batch_id, CREDIT, value_date=TODAY + dt.timedelta(days=1))


@pytest.mark.parametrize(
    ("before", "action", "missing"),
    [((SUBMIT,), CANCEL, "reason"), (PAID[:3], CREDIT, "utr"), (PAID[:3], CREDIT, "value_date")],
)
def test_a_step_without_what_it_needs_is_refused(
    books: Any, before: tuple[Action, ...], action: Action, missing: str
) -> None:
    books.pay("T1", 100_000)
    [made] = books.settle()
    books.walk(made.batch_id, *before)
    with pytest.raises(StepConflictError, match=f"lacks its {missing}"):
        books.step(made.batch_id, action, **{missing: None})


def test_a_batch_of_nothing_is_credited_without_a_utr(books: Any) -> None:
    money = books.pay("T1", 100_000)
    refund(books, "R1", -100_000, "T1")
    [made] = books.settle()
    assert made.net_paise == 0
    books.walk(made.batch_id, SUBMIT, APPROVE, SEND)
    assert books.step(made.batch_id, CREDIT, utr=None)["state"] == "CREDITED"
    [(_, told)] = [one for one in books.events() if one[0] == "settlement.transfers.completed"]
    assert (told["net_paise"], "utr" in told) == ("0", False)
    outstanding = 100_000 - money.net_paise
    books.pay("T2", 1_000_000, due=TODAY + dt.timedelta(days=1))
    books.settle(TODAY + dt.timedelta(days=1))
    assert books.run(BATCH)[1][8] == -outstanding


def test_the_reserve_is_released_after_its_time_and_consumed_from_credited_batches(
    books: Any,
) -> None:
    money = books.pay("T1", 100_000)
    [made] = books.settle()
    refund(books, "R1", -1_000, "T1")
    day = TODAY + dt.timedelta(days=1)
    with writing(books.dsn) as v2, pytest.raises(ReserveError):
        consume_reserve(v2, "M1", "R1", 1_000, day, "alice")
    books.walk(made.batch_id, *PAID)
    with writing(books.dsn) as v2, pytest.raises(BatchError, match="owes 1000 paise, not 1001"):
        consume_reserve(v2, "M1", "R1", 1_001, day, "alice")
    with writing(books.dsn) as v2:
        [taken] = consume_reserve(v2, "M1", "R1", 1_000, day, "alice")
    assert taken.amount_paise == 1_000
    released = TODAY + dt.timedelta(days=180)
    assert books.settle(released - dt.timedelta(days=1)) == []
    [paid] = books.settle(released)
    assert (paid.item_count, paid.net_paise) == (0, money.reserve_hold_paise - 1_000)
    assert books.breaches() == []


def test_an_adjustment_names_what_it_is_of_and_is_recorded_once(books: Any) -> None:
    books.pay("T1", 100_000)
    with pytest.raises(BatchError, match="has no T2 that it could be of"):
        refund(books, "R1", -1_000, "T2")
    assert refund(books, "R1", -1_000, "T1")
    assert not refund(books, "R1", -1_000, "T1")
    with pytest.raises(BatchError, match="recorded otherwise"):
        refund(books, "R1", -2_000, "T1")
    with pytest.raises(BatchError, match="could be of"):
        refund(books, "V1", 1_000, "T1")
    assert refund(books, "V1", 1_000, "R1")


def test_a_statement_credits_what_it_confirms_and_again_changes_nothing(books: Any) -> None:
    utrs = {}
    for number in range(3):
        books.pay(f"T{number}", 100_000 + number, merchant=f"M{number}")
    for number, made in enumerate(books.settle()):
        books.walk(made.batch_id, SUBMIT, APPROVE)
        utrs[made.batch_id] = (f"HDFCN2603050000{number}", made.net_paise)
        sent = books.step(made.batch_id, SEND, utr=utrs[made.batch_id][0])
    day = sent["sent_date"]
    (whole, cut, wrong) = utrs.values()

    def row(utr: str, paise: int) -> str:
        return f"{day},{utr},{paise // 100}.{paise % 100:02}\n"

    text = "value_date,utr,amount\n" + row(*whole) + row(cut[0][:12] + "9", cut[1])
    text += row(wrong[0], wrong[1] + 1) + "yesterday,x,1.001\n"
    outcome = apply_statement(books.settings.v2_api_dsn, [text.encode()], "bank")
    assert len(outcome.credited) == 1 and not outcome.known
    assert [found.row.line for found in outcome.unmatched] == [3, 4]
    assert {error.line for error in outcome.refused} == {5}
    again = apply_statement(books.settings.v2_api_dsn, [text.encode()], "bank")
    assert (again.credited, again.known) == ((), outcome.credited)
    told = [topic for topic, _ in books.events()]
    assert told.count("settlement.transfers.completed") == 1
    query = "SELECT confirmed_by, statement_digest, statement_line FROM sp_v2_bank_transfers"
    assert ("EXACT", outcome.digest, 2) in books.run(query)


def test_a_key_answers_again_what_it_answered_and_a_failure_leaves_none(books: Any) -> None:
    count = []

    def act() -> dict[str, Any]:
        count.append(1)
        return {"answer": len(count)}

    def fail() -> dict[str, Any]:
        raise StepConflictError("no", "no")

    dsn = books.settings.v2_api_dsn
    with pytest.raises(StepConflictError), writing(dsn) as v2:
        once(v2, "key", {"step": 1}, fail)
    for _ in range(2):
        with writing(dsn) as v2:
            assert once(v2, "key", {"step": 1}, act) == {"answer": 1}
    with pytest.raises(KeyReusedError), writing(dsn) as v2:
        once(v2, "key", {"step": 2}, act)


def test_the_database_itself_refuses_a_payment_in_two_live_batches(books: Any) -> None:
    books.pay("T1", 1_000)
    books.settle()
    [[first]] = books.run("SELECT batch_id FROM sp_v2_settlement_batches")
    books.run(
        """INSERT INTO sp_v2_settlement_batches SELECT (b2).* FROM (
          SELECT jsonb_populate_record(b, jsonb_build_object('batch_id', gen_random_uuid(),
            'cycle_date', '2026-03-06')) AS b2 FROM sp_v2_settlement_batches AS b) AS copied"""
    )
    with pytest.raises(psycopg.errors.UniqueViolation):
        books.run(
            """INSERT INTO sp_v2_settlement_items SELECT (i2).* FROM (
              SELECT jsonb_populate_record(i, jsonb_build_object('batch_id', b.batch_id)) AS i2
              FROM sp_v2_settlement_items AS i JOIN sp_v2_settlement_batches AS b
              ON b.batch_id <> %s) AS copied""",
            [first],
        )
    assert any(found.law == "items of a batch" for found in books.breaches())
