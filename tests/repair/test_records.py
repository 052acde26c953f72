"""What is asked of the connector, and what is told to the stream in its place."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace

from settlement_platform.contracts.core import (
    MerchantData,
    PaymentGatewayResponse,
    TransactionToSettle,
)
from settlement_platform.contracts.topics import captured_topic
from settlement_platform.contracts.wire import WIRE_RULES
from settlement_platform.repair.absence import (
    Presence,
    V2Merchant,
    V2Payment,
    missed_deletes,
    missed_merchant,
)
from settlement_platform.repair.signals import MERCHANTS, read_again

NOW = dt.datetime(2026, 1, 3, tzinfo=dt.UTC)
PAYMENT = V2Payment(
    "T1",
    "m1",
    10050,
    "UPI",
    dt.date(2026, 1, 2),
    "SETTLED",
    dt.datetime(2026, 1, 1, 19, 0, tzinfo=dt.UTC),
    7,
)
RULES = {captured_topic(table): rules for table, rules in WIRE_RULES.items()}


def test_a_signal_reads_payments_and_answers_by_key() -> None:
    asked = json.loads(read_again(["T1", "O'Hara"]))
    assert asked == {
        "type": "incremental",
        "data-collections": [
            "public\\.transactions_to_settle",
            "public\\.payment_gateway_response",
        ],
        "additional-conditions": [
            {"data-collection": f"public.{table}", "filter": "txn_id IN ('T1', 'O''Hara')"}
            for table in ("transactions_to_settle", "payment_gateway_response")
        ],
    }


def test_a_signal_reads_merchants_by_their_own_key() -> None:
    asked = json.loads(read_again(["M1"], MERCHANTS))
    assert asked["data-collections"] == ["public\\.merchant_data"]
    assert asked["additional-conditions"] == [
        {"data-collection": "public.merchant_data", "filter": "merchant_id IN ('M1')"}
    ]


def test_a_merchant_that_the_core_has_not_is_told_by_the_rules_of_the_wire() -> None:
    merchant = V2Merchant("M1", "One", 2, 550, PAYMENT.created_at)
    told = missed_merchant(merchant, 9, NOW)
    value = json.loads(told.value)
    assert told.key == b'{"merchant_id":"M1"}'
    assert (value["op"], value["source"]["lsn"], value["after"]) == ("d", 9, None)
    assert value["before"]["rolling_reserve_percentage"] == "5.50"
    for column, rule in RULES[captured_topic(MerchantData)].items():
        pattern = rule.pattern.replace("\\p{Cntrl}", "\\x00-\\x1f")
        assert re.fullmatch(pattern, str(value["before"][column])), column


def test_what_the_core_has_is_not_taken_away() -> None:
    assert missed_deletes(PAYMENT, Presence(True, True, 9), NOW) == []
    unanswered = replace(PAYMENT, gateway_lsn=0)
    assert missed_deletes(unanswered, Presence(True, False, 9), NOW) == []


def test_a_payment_that_the_core_has_not_is_told_with_its_answer() -> None:
    told = missed_deletes(PAYMENT, Presence(False, False, 9), NOW)
    assert [record.topic for record in told] == [
        captured_topic(TransactionToSettle),
        captured_topic(PaymentGatewayResponse),
    ]
    value = json.loads(told[0].value)
    assert (value["op"], value["source"]["lsn"], value["after"]) == ("d", 9, None)
    assert value["before"] == {
        "txn_id": "T1",
        "merchant_code": "m1",
        "amount": "100.50",
        "payment_mode": "UPI",
        "txn_date": 20455,
        "is_settled": "1",
        "status": "SUCCESS",
        "created_at": "2026-01-01T19:00:00.000000Z",
        "updated_at": "2026-01-01T19:00:00.000000Z",
    }


def test_a_key_is_the_one_that_the_connector_writes() -> None:
    foreign = replace(PAYMENT, transaction_id="T-é")
    told = missed_deletes(foreign, Presence(False, False, 9), NOW)
    assert {record.key for record in told} == {'{"txn_id":"T-é"}'.encode()}


def test_an_answer_that_the_core_has_not_is_told_alone() -> None:
    (told,) = missed_deletes(PAYMENT, Presence(True, False, 9), NOW)
    assert told.topic == captured_topic(PaymentGatewayResponse)
    assert told.key == b'{"txn_id":"T1"}'


def test_what_is_told_keeps_the_rules_of_the_wire() -> None:
    for status in ("PENDING", "RECONCILED", "SETTLED", "FAILED"):
        payment = replace(PAYMENT, status=status, amount_paise=7)
        for record in missed_deletes(payment, Presence(False, False, 9), NOW):
            before = json.loads(record.value)["before"]
            assert before.keys() == RULES[record.topic].keys()
            for column, rule in RULES[record.topic].items():
                value = before[column]
                pattern = rule.pattern.replace("\\p{Cntrl}", "\\x00-\\x1f")
                assert value is None or re.fullmatch(pattern, str(value)), (column, value)
                assert value is not None or rule.nullable
