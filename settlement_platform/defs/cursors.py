"""What a sensor remembers from look to look, as Dagster keeps it: a dataclass, as JSON."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Self

from pydantic import TypeAdapter, ValidationError


@lru_cache
def _adapter(of: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(of)


class Cursor:
    """Base of such a dataclass, every field of which has a default."""

    def to_cursor(self) -> str:
        """As the sensor keeps it."""
        adapter = _adapter(type(self))  # type: ignore[arg-type]  # a class is hashable
        return str(adapter.dump_json(self).decode())

    @classmethod
    def from_cursor(cls, cursor: str | None) -> Self:
        """What a cursor says; one that nobody can read says nothing, as if it were the first."""
        try:
            adapter = _adapter(cls)  # type: ignore[arg-type]  # a class is hashable
            found: Self = adapter.validate_json(cursor or "{}")
        except ValidationError:
            return cls()
        return found
