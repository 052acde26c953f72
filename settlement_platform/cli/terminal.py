"""How commands speak: settings read with care, one line a step, and what is waited for."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

from pydantic import ValidationError
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)
from rich.status import Status
from rich.text import Text

from settlement_platform.config import PORT_OFFSETS, Settings, settings
from settlement_platform.errors import SettlementError

PLAIN_PROGRESS_SECONDS = 5.0
"""Where a line cannot overwrite itself, what is waited for is told so often."""
TICK_SECONDS = 0.25
LOWEST_PORT = 1024
HIGHEST_PORT = 65_535

out = Console(highlight=False, soft_wrap=True)


def current() -> Settings:
    """The settings of this command. Raises SettlementError when a variable has no sense."""
    try:
        found = settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"SETTLEMENT_{str(about['loc'][0]).upper()}: {about['msg']}" for about in error.errors()
        )
        raise SettlementError(
            f"the environment is not understood: {wrong}", "correct or unset that variable"
        ) from None
    ports = [found.port(name) for name in PORT_OFFSETS]
    if min(ports) < LOWEST_PORT or max(ports) > HIGHEST_PORT:
        raise SettlementError(
            f"SETTLEMENT_PORT_BASE={found.port_base} leads to ports {min(ports)} to {max(ports)}",
            f"set it so that they lie between {LOWEST_PORT} and {HIGHEST_PORT}",
        )
    return found


def print_json(value: object) -> None:
    """A value on the output as JSON, alone, so that it can be piped."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


class Steps:
    """Says each step on a line as it is done, and below them what is waited for."""

    def __init__(
        self,
        console: Console,
        status: Status | None,
        plain_seconds: float = PLAIN_PROGRESS_SECONDS,
    ) -> None:
        self._console = console
        self._plain_seconds = plain_seconds
        self._status = status
        self._began = self._told = time.monotonic()
        self._since: float | None = None
        self._text = ""

    def say(self, line: str) -> None:
        """A step is done."""
        self._told = time.monotonic()
        self._console.print(Text.assemble(("✓", "green"), " ", line), soft_wrap=True)

    def done(self, what: str) -> None:
        """A step is done, with the seconds since the command began."""
        self.say(f"{time.monotonic() - self._began:5.1f} s  {what}")

    def waiting(self, what: str) -> None:
        """What is waited for now; nothing when it is empty."""
        self._since = time.monotonic()
        self._text = f"waiting for {what}" if what else ""

    def progress(self, text: str) -> None:
        """Where something stands that takes its time."""
        self._since, self._text = None, text

    def tick(self) -> None:
        """Shows what goes on now: below the lines, or where that cannot be, on one now and then."""
        now = time.monotonic()
        text = self._text
        if text and self._since is not None:
            text = f"{text} ({now - self._since:.0f} s)"
        if self._status is not None:
            self._status.update(Text(text, overflow="ellipsis", no_wrap=True))
        elif text and now - max(self._told, self._since or 0) >= self._plain_seconds:
            self._told = now
            self._console.print(Text(f"  {text}"), soft_wrap=True)


@contextmanager
def steps(console: Console | None = None) -> Iterator[Steps]:
    """Lines of a command that takes its time."""
    console = console or out
    over = threading.Event()

    def ticking(told: Steps) -> None:
        while not over.wait(TICK_SECONDS):
            told.tick()

    with console.status("") if console.is_terminal else nullcontext() as status:
        told = Steps(console, status)
        threading.Thread(target=ticking, args=(told,), daemon=True).start()
        try:
            yield told
        finally:
            over.set()


@contextmanager
def bar(title: str, total: int) -> Iterator[Callable[[int, int], None]]:
    """A progress bar: called with how many are done, and of how many."""
    if not out.is_terminal:
        with steps() as told:
            yield lambda done, of: told.progress(f"{title}: {done:,} of {of:,}")
        return
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out, transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda done, of: progress.update(task, completed=done, total=of)
