"""The OpenAPI document that clients are generated from."""

from __future__ import annotations

import json
from typing import Any

import pytest

from settlement_platform.api.openapi import openapi_json
from settlement_platform.api.readiness import NotReady
from settlement_platform.api.tile_example import example
from settlement_platform.api.tile_schema import DashboardAnswer, KpiAnswer
from settlement_platform.metrics.captured import Captured
from settlement_platform.metrics.metric import Metric
from settlement_platform.metrics.settled import Settled
from settlement_platform.metrics.settlement_rate import SettlementRate
from settlement_platform.metrics.unsettled import Unsettled


@pytest.fixture
def document() -> Any:
    """The document, read back."""
    return json.loads(openapi_json())


def operations(document: Any) -> dict[str, Any]:
    """Every operation under its path, which has one method."""
    return {path: one for path, methods in document["paths"].items() for one in methods.values()}


def test_the_text_is_the_same_every_time_sorted_with_a_newline_at_its_end(document: Any) -> None:
    text = openapi_json()
    assert text == openapi_json()
    assert text == json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def test_operations_keep_the_names_that_clients_call(document: Any) -> None:
    assert {path: one["operationId"] for path, one in operations(document).items()} == {
        "/healthz": "get_health",
        "/readyz": "get_readiness",
        "/analytics/kpis": "get_kpis",
        "/analytics/payment-modes": "get_payment_modes",
        "/analytics/gmv-trend": "get_gmv_trend",
        "/analytics/funnel": "get_funnel",
        "/analytics/settlement-rate": "get_settlement_rate",
        "/analytics/failure-analysis": "get_failure_analysis",
        "/analytics/dashboard": "get_dashboard",
        "/analytics/live": "stream_dashboard",
        "/analytics/explain": "explain_number",
        "/analytics/changes": "list_changes",
        "/transactions": "list_transactions",
        "/transactions/{transaction_id}": "get_transaction",
        "/merchants": "list_merchants",
        "/anomalies": "list_anomalies",
        "/anomalies/{anomaly_id}": "get_anomaly",
        "/anomalies/{anomaly_id}/acknowledge": "acknowledge_anomaly",
        "/anomalies/{anomaly_id}/close": "close_anomaly",
        "/anomalies/{anomaly_id}/mute": "mute_anomaly",
        "/batches": "list_batches",
        "/batches/{batch_id}": "get_batch",
        "/batches/{batch_id}/approve": "approve_batch",
        "/batches/{batch_id}/sent": "mark_batch_sent",
        "/batches/{batch_id}/credit": "confirm_batch_credit",
        "/batches/{batch_id}/fail": "mark_batch_failed",
        "/batches/{batch_id}/cancel": "cancel_batch",
        "/bank-statements": "apply_bank_statement",
    }


def test_every_error_is_documented_as_the_problem_that_is_sent(document: Any) -> None:
    errors = {
        path: {
            status: list(response["content"])
            for status, response in one["responses"].items()
            if status >= "400"
        }
        for path, one in operations(document).items()
    }
    sent = ["application/problem+json"]
    read = {"422": sent, "500": sent, "503": sent}
    step = {**read, "404": sent, "409": sent}
    assert errors == {
        "/healthz": {},
        "/readyz": {"500": sent, "503": sent},
        "/analytics/kpis": read,
        "/analytics/payment-modes": read,
        "/analytics/gmv-trend": read,
        "/analytics/funnel": read,
        "/analytics/settlement-rate": read,
        "/analytics/failure-analysis": read,
        "/analytics/dashboard": read,
        "/analytics/live": read,
        "/analytics/explain": read,
        "/analytics/changes": read,
        "/transactions": read,
        "/transactions/{transaction_id}": {**read, "404": sent},
        "/merchants": read,
        "/anomalies": read,
        "/anomalies/{anomaly_id}": {**read, "404": sent},
        "/anomalies/{anomaly_id}/acknowledge": step,
        "/anomalies/{anomaly_id}/close": {**read, "404": sent},
        "/anomalies/{anomaly_id}/mute": {**read, "404": sent},
        "/batches": read,
        "/batches/{batch_id}": {**read, "404": sent},
        "/batches/{batch_id}/approve": step,
        "/batches/{batch_id}/sent": step,
        "/batches/{batch_id}/credit": step,
        "/batches/{batch_id}/fail": step,
        "/batches/{batch_id}/cancel": step,
        "/bank-statements": {**read, "413": sent},
    }


@pytest.mark.parametrize("metric", [Captured, Settled, Unsettled, SettlementRate])
def test_a_field_is_described_by_its_metric(document: Any, metric: type[Metric[Any]]) -> None:
    field = document["components"]["schemas"]["DashboardAnswer"]["properties"][metric.slug]
    assert field["description"] == metric.definition
    assert field["x-unit"] == metric.unit


def test_money_is_declared_as_a_string_of_digits(document: Any) -> None:
    amount = document["components"]["schemas"]["AmountAnswer"]["properties"]["amount_paise"]
    assert (amount["type"], amount["pattern"]) == ("string", "^-?[0-9]+$")


def test_the_examples_are_answers_that_the_api_could_give(document: Any) -> None:
    told = operations(document)
    for path, model in (("kpis", KpiAnswer), ("dashboard", DashboardAnswer)):
        content = told[f"/analytics/{path}"]["responses"]["200"]["content"]["application/json"]
        assert model.model_validate(content["example"]) == model.model_validate(example(model))
    unready = told["/readyz"]["responses"]["503"]["content"]["application/problem+json"]
    assert NotReady.model_validate(unready["example"]).status == 503
