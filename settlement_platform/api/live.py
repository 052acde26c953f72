"""Questions that somebody looks at are asked again and again, once for all who look.

One task a process asks them in turn, and rests in between: however many look at however many
questions, V2 is asked one thing at a time and has the larger part of each second for itself.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from settlement_platform.errors import StorageError

PERIOD_SECONDS = 0.2
"""A question is asked no more often than that."""
REST_SHARE = 2.0
"""After each answer, so many times as long as it took, nothing is asked."""
MOST_REST_SECONDS = 1.0
"""But no longer: a V2 that stood and answers again is noticed at once."""
MAX_STREAMS = 200
CLOCKS = ("computed_at", "lag_ms")
"""What is another in each answer, even when nothing has happened."""

Answer = dict[str, Any]
Ask = Callable[[], Awaitable[Answer]]


def version_of(answer: Answer) -> str:
    """Which state of the tiles an answer is, whenever it was given. Pure."""
    told = {name: value for name, value in answer.items() if name not in CLOCKS}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def delta(before: Answer, after: Answer) -> Answer:
    """The fields of an answer that are others than before; empty if only clocks are. Pure."""
    moved = {name: value for name, value in after.items() if before.get(name) != value}
    return moved if moved.keys() - set(CLOCKS) else {}


@dataclass
class View:
    """One question with its newest answer, or why there is none."""

    ask: Ask
    answer: Answer
    problem: StorageError | None = None
    watchers: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def renew(self) -> None:
        """Ask again, and tell everybody who waits."""
        try:
            self.answer, self.problem = await self.ask(), None
        except StorageError as error:
            self.problem = error
        told, self.news = self.news, asyncio.Event()
        told.set()


class Live:
    """The questions that are looked at now. Of one event loop."""

    def __init__(self) -> None:
        self._views: dict[str, View] = {}
        self._asking: asyncio.Task[None] | None = None

    @property
    def streams(self) -> int:
        """How many look."""
        return sum(view.watchers for view in self._views.values())

    @asynccontextmanager
    async def watching(self, question: str, ask: Ask, answer: Answer) -> AsyncIterator[View]:
        """A question that is asked again as long as somebody looks; `answer` is its first."""
        view = self._views.setdefault(question, View(ask, answer))
        view.watchers += 1
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._go_round())
        try:
            yield view
        finally:
            view.watchers -= 1
            if view.watchers == 0:
                del self._views[question]

    async def close(self) -> None:
        """Ask no more: what is being asked would open V2 again when its reader has been closed."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking})

    async def _go_round(self) -> None:
        clock = asyncio.get_running_loop().time
        while self._views:
            began = clock()
            for view in list(self._views.values()):
                asked = clock()
                await view.renew()
                await asyncio.sleep(min(MOST_REST_SECONDS, REST_SHARE * (clock() - asked)))
            await asyncio.sleep(max(0.0, began + PERIOD_SECONDS - clock()))
