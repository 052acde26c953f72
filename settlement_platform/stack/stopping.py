"""Stops the stack in the order in which its parts need each other, and removes a home."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from settlement_platform.config import Settings
from settlement_platform.errors import StackError
from settlement_platform.stack.orphans import find_orphans, stop_orphans
from settlement_platform.stack.stop_order import stop_order
from settlement_platform.stack.supervision import Supervisor, socket_path

Say = Callable[[str], None]


def stop_all(settings: Settings, say: Say) -> None:
    """Stop every program and their supervisor, or what a killed supervisor left behind."""
    supervisor = Supervisor(settings)
    if supervisor.running():
        running = [about["name"] for about in supervisor.processes() if about["pid"]]
        for group in stop_order(running):
            with ThreadPoolExecutor(len(group)) as pool:
                list(pool.map(supervisor.stop_program, group))
            say(f"stopped {', '.join(group)}")
        supervisor.shutdown()
        say("stopped supervisord")
    stop_orphans(find_orphans(settings, None), say)
    for stale in (settings.state_dir / "run" / "supervisord.pid", socket_path(settings)):
        stale.unlink(missing_ok=True)


def remove(home: Path) -> None:
    """Remove a home, and nothing that only looks like one.

    Raises StackError when a folder is not a stack's, or something of it cannot be removed.
    """
    if not home.exists():
        return
    if any(home.iterdir()) and not ((home / "secrets").is_dir() or (home / "run").is_dir()):
        raise StackError(f"{home} is not the home of a stack", "set SETTLEMENT_HOME to one")
    shutil.rmtree(home, ignore_errors=True)
    left = list(home.iterdir()) if home.exists() else []
    if left:
        raise StackError(
            f"{left[0]} could not be removed", f"look who uses it, then remove {home} by hand"
        )
