"""The schemas of our events: valid, unchanged once published, each following the one before."""

from __future__ import annotations

import copy
import hashlib
import json
import os
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from settlement_platform.contracts.events import LONGEST_PART, SCHEMA_DIR, event_schemas
from settlement_platform.contracts.events.compatibility import breaks

PUBLISHED = Path(__file__).parent / "golden" / "published_events.json"
TOPICS = {
    "settlement.batches.created",
    "settlement.batches.approved",
    "settlement.batches.cancelled",
    "settlement.transfers.completed",
    "settlement.transfers.failed",
}
BATCH = {
    "event_id": "7b0c1a52-6a3e-4a55-9d0f-0a8f8f6d9b01",
    "occurred_at": "2026-03-04T18:30:00.123456Z",
    "batch_id": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "merchant_id": "M1",
    "cycle_date": "2026-03-05",
}
PART = {"part": 1, "parts": 1, "transaction_ids": ["T1", "T2"]}
EXAMPLES: dict[str, dict[str, Any]] = {
    "settlement.batches.created": {
        **BATCH,
        **PART,
        "item_count": 2,
        "gross_paise": "5100000",
        "fee_paise": "96900",
        "gst_paise": "17442",
        "reserve_held_paise": "0",
        "reserve_released_paise": "0",
        "adjustments_paise": "-500",
        "net_paise": "4985158",
    },
    "settlement.batches.approved": {**BATCH, "net_paise": "4985158"},
    "settlement.batches.cancelled": {**BATCH, **PART, "reason": "wrong cycle date"},
    "settlement.transfers.completed": {
        **BATCH,
        "net_paise": "0",
        "value_date": "2026-03-05",
    },
    "settlement.transfers.failed": {
        **BATCH,
        **PART,
        "reason": "account closed",
        "utr": "HDFCR52026030412345678",
    },
}
CREATED = event_schemas()["settlement.batches.created"][1]


def digests() -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(SCHEMA_DIR.glob("*.json"))
    }


def test_every_event_of_the_domain_has_a_schema_and_says_who_it_is() -> None:
    assert set(event_schemas()) == TOPICS
    for topic, versions in event_schemas().items():
        assert list(versions) == list(range(1, len(versions) + 1))
        for version, schema in versions.items():
            Draft202012Validator.check_schema(schema)
            assert (schema["title"], schema["$id"].rsplit(":", 1)[1]) == (topic, str(version))
            assert all("description" in field for field in schema["properties"].values())
            assert set(BATCH) <= set(schema["required"])


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_an_event_is_what_its_schema_says_and_may_have_more(topic: str) -> None:
    newest = list(event_schemas()[topic].values())[-1]
    Draft202012Validator(newest).validate(EXAMPLES[topic])
    Draft202012Validator(newest).validate({**EXAMPLES[topic], "new_field": 1})


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_an_event_that_lacks_a_required_field_is_none(topic: str) -> None:
    newest = list(event_schemas()[topic].values())[-1]
    for name in newest["required"]:
        lacking = {key: value for key, value in EXAMPLES[topic].items() if key != name}
        with pytest.raises(ValidationError, match=name):
            Draft202012Validator(newest).validate(lacking)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("net_paise", 4985158),
        ("net_paise", "-1"),
        ("net_paise", "49851.58"),
        ("net_paise", "007"),
        ("adjustments_paise", "-0"),
        ("batch_id", "B1"),
        ("occurred_at", "2026-03-04T18:30:00+05:30"),
        ("cycle_date", "04-03-2026"),
        ("transaction_ids", ["T1", "T1"]),
        ("transaction_ids", [str(n) for n in range(LONGEST_PART + 1)]),
        ("part", 0),
    ],
)
def test_an_event_with_a_value_that_is_none_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        Draft202012Validator(CREATED).validate(
            {**EXAMPLES["settlement.batches.created"], field: value}
        )


def test_a_published_schema_never_changes() -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        PUBLISHED.write_text(json.dumps(digests(), indent=2) + "\n")
    assert digests() == json.loads(PUBLISHED.read_text()), (
        "a schema that consumers read stays as it is: write the next version beside it; only a "
        "new file is added here with UPDATE_GOLDEN=1"
    )


def test_every_version_follows_the_one_before() -> None:
    for topic, versions in event_schemas().items():
        for old, new in pairwise(versions.values()):
            assert breaks(old, new) == [], topic


def edited(**changes: Any) -> dict[str, Any]:
    """The schema of created batches with one thing at a path changed; None takes it away."""
    schema = copy.deepcopy(CREATED)
    for path, value in changes.items():
        *folders, name = path.split("__")
        at = schema
        for folder in folders:
            at = at[folder]
        if value is None:
            del at[name]
        else:
            at[name] = value
    return schema


@pytest.mark.parametrize(
    "new",
    [
        edited(),
        edited(properties__note={"type": "string"}),
        edited(description="in other words", properties__part__description="other words"),
    ],
)
def test_a_version_may_add_optional_fields_and_other_words(new: dict[str, Any]) -> None:
    assert breaks(CREATED, new) == []


@pytest.mark.parametrize(
    ("new", "says"),
    [
        (edited(properties__net_paise=None), "net_paise: is gone"),
        (edited(properties__net_paise__pattern="^[0-9]+$"), "net_paise: 'pattern' changed"),
        (edited(properties__net_paise__type="integer"), "net_paise: 'type' changed"),
        (edited(properties__part__maximum=9), "part: 'maximum' changed"),
        (edited(properties__part__minimum=None), "part: 'minimum' changed"),
        (edited(required=[*CREATED["required"], "note"]), "the event: 'required' changed"),
        (edited(required=CREATED["required"][1:]), "the event: 'required' changed"),
        (edited(additionalProperties=False), "the event: 'additionalProperties' changed"),
        (
            edited(properties__transaction_ids__items__maxLength=9),
            "transaction_ids[]: 'maxLength' changed",
        ),
        (edited(properties__transaction_ids__items=None), "transaction_ids: 'items' changed"),
    ],
)
def test_a_version_that_breaks_a_reader_is_told_where(new: dict[str, Any], says: str) -> None:
    assert breaks(CREATED, new) == [says]
