"""Whether a version of an event's schema may follow another. Pure."""

from __future__ import annotations

from typing import Any

ANNOTATIONS = frozenset({"$id", "$comment", "title", "description", "examples"})
"""What a schema says to people alone: it may change."""


def breaks(old: dict[str, Any], new: dict[str, Any], at: str = "") -> list[str]:
    """What keeps a new version from following an old one; empty: it may.

    A new version may add optional fields, and say things in other words. Nothing else: whoever
    reads the old version reads the new one, and whoever reads the new one reads old records.
    """
    here = at or "the event"
    found = []
    for key in sorted({*old, *new} - ANNOTATIONS - {"properties", "items"}):
        if old.get(key) != new.get(key):
            found.append(f"{here}: '{key}' changed")
    before, after = old.get("properties", {}), new.get("properties", {})
    for name in sorted(before):
        path = f"{at}.{name}" if at else name
        if name in after:
            found += breaks(before[name], after[name], path)
        else:
            found.append(f"{path}: is gone")
    if ("items" in old) != ("items" in new):
        found.append(f"{here}: 'items' changed")
    elif "items" in old:
        found += breaks(old["items"], new["items"], f"{at}[]")
    return found
