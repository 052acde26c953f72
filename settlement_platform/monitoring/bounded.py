"""Readings side by side, none of which anybody waits for longer than a bound."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload

SHOWN_CHARACTERS = 300

T = TypeVar("T")


@dataclass(frozen=True)
class Unread:
    """A part that did not answer, or not in time: why, in one line."""

    cause: str


class Reading(Generic[T]):
    """One reading, begun at once, in a thread that dies with the process.

    Whatever a half-dead part does (refuse, hang, answer nonsense) becomes `Unread`: the other
    readings still count.
    """

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self.begun_at = time.monotonic()
        self._value: T | Unread = Unread("it did not answer in time")
        self._done = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            self._value = self._read()
        except Exception as error:
            self._value = Unread(one_line(error))
        self._done.set()

    @property
    def is_done(self) -> bool:
        """Whether it has an answer, or the reason why there is none."""
        return self._done.is_set()

    @overload
    def by(self, deadline: float) -> T | Unread: ...

    @overload
    def by(self, deadline: float, default: T) -> T: ...

    def by(self, deadline: float, default: T | None = None) -> T | Unread:
        """What was read until `deadline` on the monotonic clock, or the default in its place."""
        self._done.wait(max(deadline - time.monotonic(), 0))
        found = self._value
        return default if isinstance(found, Unread) and default is not None else found


class Readings:
    """Readings by key, at most one of each under way.

    For those who read again and again: what hangs is not asked a second time beside itself.
    """

    def __init__(self) -> None:
        self._begun: dict[Hashable, Reading[Any]] = {}

    def begin(self, key: Hashable, read: Callable[[], Any]) -> Reading[Any]:
        """The reading that is under way, or a new one."""
        begun = self._begun.get(key)
        if begun is None or begun.is_done:
            begun = self._begun[key] = Reading(read)
        return begun


def one_line(error: Exception) -> str:
    """An error's words on one line, not too long."""
    text = " ".join(str(getattr(error, "cause", None) or error).split())
    return (text or type(error).__name__)[:SHOWN_CHARACTERS]
