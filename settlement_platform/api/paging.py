"""How long a page is, and how its end shows."""

from __future__ import annotations

from typing import Any

MAX_ROWS = 500
DEFAULT_ROWS = 50


def page_of(found: list[Any] | None, limit: int) -> tuple[list[Any], Any]:
    """The page in rows that were read with one more than `limit`, and its last row when there is
    more behind it. Pure."""
    rows = found or []
    return rows[:limit], rows[limit - 1] if len(rows) > limit else None
