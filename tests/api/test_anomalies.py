"""`/anomalies` over a real V2: what is found, and what people decide about it."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import psycopg
import pytest

from settlement_platform.api.app import create_app
from settlement_platform.config import Settings

pytestmark = pytest.mark.anyio
FINDING = """
INSERT INTO sp_v2_anomalies (rule, subject, window_start_at, window_end_at, merchant_id, holds,
  unit, observed, expected, score, evidence, source_lsn, source_events, source_committed_at)
VALUES (%(rule)s, %(subject)s, '2026-01-05 06:30Z', '2026-01-05 07:30Z', %(merchant)s, %(holds)s,
  'paise', %(observed)s, 6508283, 3.41, %(evidence)s, %(lsn)s, %(events)s, '2026-01-05 07:00Z')
ON CONFLICT (rule, subject, window_start_at) DO UPDATE SET holds = EXCLUDED.holds,
  observed = EXCLUDED.observed, evidence = EXCLUDED.evidence, source_lsn = EXCLUDED.source_lsn,
  source_events = EXCLUDED.source_events
"""
RUNS = """
INSERT INTO sp_v2_job_deployments (job_name, spec_hash, flink_job_id)
VALUES ('anomaly_detection', 'h', 'j')
"""
Find = Callable[..., None]


@pytest.fixture
def anyio_backend() -> str:
    """The event loop that uvicorn runs the API in."""
    return "asyncio"


@pytest.fixture
def find(own_v2: Settings) -> Iterator[Find]:
    """Writes a finding as the stream does."""
    dsn = own_v2.v2_owner_dsn.replace("v2_owner", "v2_stream", 1).replace(
        own_v2.secret("v2_owner"), own_v2.secret("v2_stream")
    )
    with psycopg.connect(dsn, autocommit=True) as stream:

        def write(subject: str, *, holds: bool = True, lsn: int = 1, **more: Any) -> None:
            values = {
                "rule": "gmv_deviation",
                "subject": subject,
                "merchant": subject,
                "holds": holds,
                "observed": 21001122,
                "evidence": json.dumps({"payments": 180}),
                "lsn": lsn,
                "events": 1,
            }
            stream.execute(FINDING.encode(), values | more)

        yield write


@pytest.fixture
async def client(own_v2: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an API over the test's own V2."""
    app = create_app(own_v2.v2_dsn, v2_api_dsn=own_v2.v2_api_dsn)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as opened:
            yield opened


async def listed(client: httpx.AsyncClient, **asked: Any) -> list[Any]:
    answer = await client.get("/anomalies", params=asked)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["anomalies"])


async def decide(client: httpx.AsyncClient, one: Any, what: str, **body: Any) -> httpx.Response:
    headers = {"Idempotency-Key": uuid.uuid4().hex, "X-Actor": "asha"}
    path = f"/anomalies/{one['anomaly_id']}/{what}"
    return await client.post(path, json={"note": "a sale", **body}, headers=headers)


async def test_a_finding_is_shown_with_its_evidence(client: httpx.AsyncClient, find: Find) -> None:
    find("M1")
    [one] = await listed(client)
    assert (one["rule"], one["state"], one["holds"]) == ("gmv_deviation", "OPEN", True)
    assert (one["observed"], one["expected"], one["score"]) == ("21001122", "6508283", "3.41")
    assert one["evidence"] == {"payments": 180}
    answer = await client.get(f"/anomalies/{one['anomaly_id']}")
    assert answer.json() == one
    assert (await client.get(f"/anomalies/{uuid.uuid4()}")).status_code == 404


async def test_filters_and_pages_choose(client: httpx.AsyncClient, find: Find) -> None:
    for number in range(5):
        find(f"M{number}")
    find("GATE CODE", rule="failure_spike", merchant=None)
    assert len(await listed(client)) == 6
    [spike] = await listed(client, rule="failure_spike")
    assert spike["merchant_id"] is None
    assert [one["subject"] for one in await listed(client, merchant_id="M3")] == ["M3"]
    seen, after = [], None
    while True:
        asked = {"limit": 4} | ({"after": after} if after else {})
        body = (await client.get("/anomalies", params=asked)).json()
        seen += [one["subject"] for one in body["anomalies"]]
        if not (after := body["next_after"]):
            break
    assert seen == ["GATE CODE", "M4", "M3", "M2", "M1", "M0"]


async def test_what_never_held_is_nothing_and_what_held_is_kept(
    client: httpx.AsyncClient, find: Find
) -> None:
    find("M1", holds=False)
    assert await listed(client) == []
    find("M1")
    find("M1", holds=False, lsn=2)
    [one] = await listed(client, holds=False)
    assert one["withdrawn_at"] is not None
    find("M1", lsn=1)  # older: it was superseded before it came
    assert await listed(client, holds=True) == []


async def test_people_decide_and_a_finding_that_comes_again_is_open_again(
    client: httpx.AsyncClient, find: Find
) -> None:
    find("M1")
    [one] = await listed(client)
    for _ in range(2):
        answer = await decide(client, one, "acknowledge")
        assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["state"], found["decided_by"], found["note"]) == (
        "ACKNOWLEDGED", "asha", "a sale",
    )  # fmt: skip
    find("M1", lsn=2, observed=22_000_000)
    [one] = await listed(client)
    assert (one["state"], one["observed"]) == ("ACKNOWLEDGED", "22000000")
    assert (await decide(client, one, "close")).json()["state"] == "CLOSED"
    refused = await decide(client, one, "acknowledge")
    assert refused.status_code == 409
    assert refused.json()["type"].endswith(":closed-anomaly")
    find("M1", holds=False, lsn=3)
    find("M1", lsn=4)
    [one] = await listed(client)
    assert (one["state"], one["decided_by"], one["withdrawn_at"]) == ("OPEN", None, None)


async def test_the_tile_counts_what_is_open_and_not_muted(
    client: httpx.AsyncClient, find: Find, own_v2: Settings
) -> None:
    async def tile(**asked: Any) -> Any:
        answer = await client.get("/analytics/failure-analysis", params=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()["failures"]["anomalies_open"]

    assert await tile() is None
    with psycopg.connect(own_v2.v2_owner_dsn, autocommit=True) as owner:
        owner.execute(RUNS.encode())
        owner.execute(b"INSERT INTO sp_v2_as_of VALUES (1, now(), now())")
    assert await tile() == 0
    for name in ("M1", "M2", "M3"):
        find(name)
    assert (await tile(), await tile(merchant_id="M2")) == (3, 1)
    await decide(client, (await listed(client, merchant_id="M1"))[0], "close")
    [muted] = await listed(client, merchant_id="M2")
    late = await decide(client, muted, "mute", until="2020-01-01T00:00:00Z")
    assert late.status_code == 422
    tomorrow = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).isoformat()
    answer = await decide(client, muted, "mute", until=tomorrow)
    assert answer.json()["muted_until"] is not None
    assert await tile() == 1
    past = (dt.datetime.now(dt.UTC) - dt.timedelta(seconds=5)).isoformat()
    assert await tile(as_of=past) is None
