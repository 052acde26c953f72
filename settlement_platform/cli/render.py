"""`settlement render`: writes every generated file, or says which are not as they should be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import typer

from settlement_platform.api.openapi import openapi_json
from settlement_platform.contracts import reference
from settlement_platform.errors import SettlementError
from settlement_platform.streaming import generated_sql

PROJECT_DIR = Path(__file__).parents[2]
# Only these folders mix generated files with written ones; a generated one begins with its head.
MIXED = {"flink_sql": generated_sql.HEAD, "docs/reference": reference.HEAD}


def wanted_files() -> dict[str, str]:
    """Path in the project -> text, for every generated file."""
    return {
        **{f"flink_sql/{path}": text for path, text in generated_sql.generated_files().items()},
        "docs/reference/tables.md": reference.tables_markdown(),
        "docs/reference/topics.md": reference.topics_markdown(),
        "docs/openapi.json": openapi_json(),
    }


def existing_files(project: Path, wanted: Mapping[str, str]) -> dict[str, str]:
    """Path -> text of the wanted files that exist, and of all that say that they are generated."""
    found = {path: project / path for path in wanted if (project / path).is_file()}
    for folder, head in MIXED.items():
        for file in (project / folder).rglob("*"):
            if file.is_file() and file.read_bytes().startswith(head.encode()):
                found[file.relative_to(project).as_posix()] = file
    return {path: file.read_text(errors="replace") for path, file in sorted(found.items())}


def differences(wanted: Mapping[str, str], existing: Mapping[str, str]) -> dict[str, str]:
    """Path -> what is wrong with it: missing, different, or no longer generated."""
    found = {
        path: "is missing" if path not in existing else "differs"
        for path, text in wanted.items()
        if existing.get(path) != text
    }
    left_over = dict.fromkeys(existing.keys() - wanted.keys(), "is no longer generated")
    return dict(sorted((found | left_over).items()))


def _write(project: Path, path: str, wanted: Mapping[str, str]) -> None:
    file = project / path
    if path in wanted:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(wanted[path])
    else:
        file.unlink()


def render(project: Path, check: bool) -> list[str]:
    """Bring the generated files to what the contracts say; returns the paths that changed.

    With `check` nothing is written: raises SettlementError with the files that are not right.
    """
    wanted = wanted_files()
    wrong = differences(wanted, existing_files(project, wanted))
    if check and wrong:
        listed = "".join(f"\n  {path} {how}" for path, how in wrong.items())
        raise SettlementError(
            f"generated files are not what they are generated from:{listed}",
            "run 'settlement render'",
        )
    for path in wrong:
        _write(project, path, wanted)
    return list(wrong)


def render_command(check: bool = False) -> None:
    """Write every generated file; with --check write nothing, and fail on a difference."""
    changed = render(PROJECT_DIR, check)
    for path in changed:
        typer.echo(f"rendered {path}")
    if not changed:
        typer.echo("every generated file is as it should be")
