"""Class data archives: a JVM that finds its classes parsed starts in a third of the time.

The runtime that we use ships none. One for the runtime itself is made here; each program makes its
own at its first orderly end (the JVM does that by itself), and every start after it is quicker:
of the next `up`, of another stack on this machine, and of a program that was killed.
"""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from settlement_platform.stack.parts import java

DUMP_SECONDS = 60


def make_runtime_archive() -> None:
    """The archive of the Java runtime's own classes, made once; without it starts are slower."""
    program = java()
    server = program.parents[1] / "lib" / "server"
    if (server / "classes.jsa").exists():
        return
    # A runtime that we may not write to stays as it is: nothing but time depends on this.
    subprocess.run(
        [str(program), "-Xshare:dump"], check=False, capture_output=True, timeout=DUMP_SECONDS
    )


# Flink compiles each plan with Janino, which asks classes for their members: from an archive the
# JVM may answer with null, and no statement of that gateway or task is ever compiled again.
WITHOUT = ("SqlGateway", "TaskManagerRunner")


def archive_flags(cache_dir: Path, main: str, class_path: list[Path]) -> tuple[str, ...]:
    """Options that make a JVM use the archive of its program, or write one when it ends."""
    program = main.rpartition(".")[2]
    if program in WITHOUT:
        return ()
    joined = ":".join(str(path) for path in class_path)
    digest = hashlib.sha256(joined.encode()).hexdigest()[:16]
    archive = cache_dir / "class-archives" / f"{program}-{digest}.jsa"
    return (
        "-XX:+AutoCreateSharedArchive",
        f"-XX:SharedArchiveFile={archive}",
        "-Xshare:auto",
        "-Xlog:cds=off",
        "-Xlog:cds+dynamic=off",
    )
