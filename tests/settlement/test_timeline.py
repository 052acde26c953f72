"""One payment through its batch, as its timeline tells it."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from settlement_platform.api.app import create_app
from settlement_platform.settlement.batch_states import Action
from settlement_platform.settlement.books.settling import submit_calculated
from settlement_platform.settlement.books.steps import Step, take_step
from settlement_platform.storage.writing import writing

pytestmark = pytest.mark.anyio
TODAY = dt.date(2026, 3, 5)
SETTLED = """
UPDATE sp_v2_transactions SET status = 'SETTLED', settled_at = %s, settlement_batch_id = %s,
  settlement_lsn = settlement_lsn + 1, source_committed_at = %s WHERE transaction_id = %s
"""


@pytest.fixture
def anyio_backend() -> str:
    """The event loop that uvicorn runs the API in."""
    return "asyncio"


@pytest.fixture
async def client(books: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an API over the test's own V2."""
    app = create_app(books.settings.v2_dsn)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as opened:
            yield opened


def _step(books: Any, batch_id: Any, step: Step) -> None:
    with writing(books.dsn) as v2:
        take_step(v2, batch_id, step)


async def test_a_payment_tells_its_versions_its_batch_and_what_was_told_of_it(
    client: httpx.AsyncClient, books: Any
) -> None:
    books.pay("T/1 €", 100_000)
    books.pay("T2", 100_000, merchant="M2")
    [batch, _] = sorted(books.settle(), key=lambda one: one.merchant_id)
    at = dt.datetime(2026, 3, 5, 7, tzinfo=dt.UTC)
    books.run(SETTLED, [at, batch.batch_id, at, "T/1 €"])
    submit_calculated(books.dsn, TODAY, "schedule")
    _step(books, batch.batch_id, Step(Action.APPROVE, "alice"))

    answer = await client.get("/transactions/T%2F1%20%E2%82%AC")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["transaction"]["transaction_id"] == "T/1 €"
    assert told["transaction"]["status"] == "SETTLED"
    assert told["transaction"]["amount_paise"] == "100000"
    [stood] = told["batches"]
    assert (stood["batch_id"], stood["state"]) == (str(batch.batch_id), "APPROVED")

    moments = told["timeline"]
    assert [one["at"] for one in moments] == sorted(one["at"] for one in moments)
    versions = [one for one in moments if one["source"] == "version"]
    assert [one["what"] for one in versions] == ["first", "changed"]
    changed = {one["field"]: (one["before"], one["after"]) for one in versions[1]["changes"]}
    assert changed.keys() == {"status", "settled_at", "settlement_batch_id"}
    assert changed["status"] == ("RECONCILED", "SETTLED")
    steps = [(one["what"], one["actor"]) for one in moments if one["source"] == "step"]
    assert steps == [("calculate", "schedule"), ("submit", "schedule"), ("approve", "alice")]
    events = [one["what"] for one in moments if one["source"] == "event"]
    assert events == ["settlement.batches.created", "settlement.batches.approved"]
    assert {one["batch_id"] for one in moments if one["source"] != "version"} == {
        str(batch.batch_id)
    }


async def test_a_payment_outside_of_batches_has_its_first_version_alone(
    client: httpx.AsyncClient, books: Any
) -> None:
    books.pay("T1", 100_000)
    told = (await client.get("/transactions/T1")).json()
    [first] = told["timeline"]
    assert (first["what"], told["batches"]) == ("first", [])
    fields = {one["field"]: one for one in first["changes"]}
    assert fields["amount_paise"] == {"field": "amount_paise", "before": None, "after": "100000"}
    assert "settled_at" not in fields


async def test_a_payment_that_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    for name in ("nothing", "%00", "x" * 200):
        answer = await client.get(f"/transactions/{name}")
        assert answer.status_code == (404 if name == "nothing" else 422)
        assert answer.headers["content-type"] == "application/problem+json"
