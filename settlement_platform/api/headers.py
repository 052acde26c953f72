"""The response header that says as of when an answer holds."""

from __future__ import annotations

import datetime as dt
from typing import Any

from fastapi import Response

AS_OF = "X-As-Of"
AS_OF_HEADER: dict[str, Any] = {
    AS_OF: {
        "description": "as_of of the answer; absent while it is not known",
        "schema": {"type": "string", "format": "date-time"},
    }
}


def say_as_of(response: Response, as_of: dt.datetime | None) -> None:
    """Put as_of into the response's header, when there is one."""
    if as_of is not None:
        response.headers[AS_OF] = as_of.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
