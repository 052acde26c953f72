"""How the problem documents stand in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from settlement_platform.api.headers import AS_OF_HEADER
from settlement_platform.api.problems import (
    MEDIA_TYPE,
    RETRY_AFTER_SECONDS,
    UNEXPECTED,
    Fault,
    Problem,
    invalid_request,
    storage_unavailable,
)
from settlement_platform.errors import StorageError

Responses = dict[int | str, dict[str, Any]]

_RETRY_AFTER = {
    "Retry-After": {
        "description": "seconds to wait before asking again",
        "schema": {"type": "integer", "examples": [RETRY_AFTER_SECONDS]},
    }
}


def problem_doc(example: Problem, description: str) -> Responses:
    """A route's response that is a problem of the example's class and status."""
    response: dict[str, Any] = {
        "model": type(example),
        "description": description,
        "content": {"application/json": {"example": example.model_dump(mode="json")}},
    }
    if example.status == 503:
        response["headers"] = _RETRY_AFTER
    return {example.status: response}


def problem_docs() -> Responses:
    """The responses of every route that reads V2 under parameters."""
    faults = [Fault(parameter="to_date", detail="a date is written YYYY-MM-DD")]
    unavailable = StorageError("V2 cannot be reached", "try again; see 'settlement status'")
    return {
        **problem_doc(
            invalid_request(faults),
            "A parameter is unknown or out of its limits, or the window holds no day.",
        ),
        **unexpected_doc(),
        **problem_doc(storage_unavailable(unavailable), "V2 gave no answer."),
    }


def answered(description: str) -> Responses:
    """The responses of a route that reads V2 and says as of when its answer holds."""
    return {200: {"description": description, "headers": AS_OF_HEADER}, **problem_docs()}


def unexpected_doc() -> Responses:
    """The response that every route can give."""
    return problem_doc(UNEXPECTED, "The request failed for a reason of our own.")


def with_problem_media_type(document: dict[str, Any]) -> dict[str, Any]:
    """The document with its error responses under the media type that they are sent as."""
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    response["content"] = {MEDIA_TYPE: response["content"]["application/json"]}
    return document
