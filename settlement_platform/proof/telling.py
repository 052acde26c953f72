"""How what takes long says where it stands: a line at a time."""

from __future__ import annotations

from collections.abc import Callable

Tell = Callable[[str], None]


def prefixed(tell: Tell, prefix: str) -> Tell:
    """The same listener, told in which part of the whole a line was said."""
    return lambda text: tell(f"{prefix}: {text}")
