"""The events that we publish: one JSON Schema a version of a topic's value. Pure.

The files are `<topic>.v<version>.json`. A published one never changes; a consumer ignores the
fields that it does not know. Money is a string of digits, because a number loses paise above 2^53.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

SCHEMA_DIR = Path(__file__).parent
LONGEST_PART = 500
"""Transactions that one event names at most; a larger batch is told in several parts."""
_FILE = re.compile(r"(?P<topic>.+)[.]v(?P<version>[0-9]+)[.]json")


@lru_cache(maxsize=1)
def event_schemas() -> dict[str, dict[int, dict[str, Any]]]:
    """Topic -> version -> JSON Schema of the record's value. Not to be changed."""
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for path in sorted(SCHEMA_DIR.glob("*.json")):
        name = _FILE.fullmatch(path.name)
        assert name is not None
        found.setdefault(name["topic"], {})[int(name["version"])] = json.loads(path.read_text())
    return found
