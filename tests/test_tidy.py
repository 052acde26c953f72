"""Rules that no other tool checks. Each message says why the rule is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path

import pytest

from settlement_platform.contracts import reference
from settlement_platform.streaming import generated_sql

PROJECT_DIR = Path(__file__).parents[1]
LONGEST_FILE_LINES = 400
LONGEST_README_LINES = 120
SHOWN_FOLDERS = {".ci"}
"""Folders with a dot that are ours; any other belongs to a tool."""
NAMELESS = {"utils", "helpers", "common", "misc"}
GENERATED_HEADS = (generated_sql.HEAD, reference.HEAD)
# Written in two parts, so that this file does not hold what it forbids.
REGISTRIES = (
    "pypi" + ".org",
    "files." + "pythonhosted",
    "repo." + "maven",
    "maven" + ".org",
    "registry." + "npmjs",
    "deb." + "debian",
)
OUTSIDE = "../" + "shared"
SKIPS = {"skip", "skipif", "xfail", "importorskip"}
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


@lru_cache(maxsize=1)
def _ignored() -> tuple[str, ...]:
    lines = (PROJECT_DIR / ".gitignore").read_text().splitlines()
    return tuple(line.strip("/") for line in lines if line and not line.startswith("#"))


def _is_ours(path: Path) -> bool:
    if path.is_dir() and path.name.startswith(".") and path.name not in SHOWN_FOLDERS:
        return False
    return not any(fnmatch(path.name, pattern) for pattern in _ignored())


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if _is_ours(path):
            yield from _walk(path) if path.is_dir() else (path,)


@lru_cache(maxsize=1)
def texts() -> dict[str, str]:
    """Path in the project -> text, for every file that is or would be committed."""
    found = {}
    for path in _walk(PROJECT_DIR):
        try:
            found[path.relative_to(PROJECT_DIR).as_posix()] = path.read_text()
        except UnicodeDecodeError:
            continue  # a picture
    return found


def of_kind(ending: str, folder: str = "") -> dict[str, str]:
    """Those with an ending, under a folder."""
    return {p: t for p, t in texts().items() if p.endswith(ending) and p.startswith(folder)}


GENERATED_FILES = {
    "docs/openapi.json",
    "dashboard/package-lock.json",
    "dashboard/src/api/schema.ts",
    "dashboard/src/api/numbers.json",
}


def _is_generated(path: str, text: str) -> bool:
    return text.startswith(GENERATED_HEADS) or path in GENERATED_FILES


def _calls(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """(module, name) of every name taken from a module, as `module.name` or by `from`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node.value), node.attr
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


def test_every_file_can_be_read_in_one_sitting() -> None:
    long = {
        path: len(text.splitlines())
        for path, text in texts().items()
        if len(text.splitlines()) > LONGEST_FILE_LINES and not _is_generated(path, text)
    }
    assert not long, f"more than {LONGEST_FILE_LINES} lines: a file holds one idea; split {long}"


def test_every_module_is_named_after_what_it_holds() -> None:
    nameless = [p for p in of_kind(".py") if NAMELESS & set(Path(p).with_suffix("").parts)]
    assert not nameless, f"a name that fits everything gathers everything: rename {nameless}"


def test_the_readme_is_short_enough_to_be_read() -> None:
    lines = len(texts()["README.md"].splitlines())
    assert lines <= LONGEST_README_LINES, (
        f"README.md has {lines} lines, {LONGEST_README_LINES} are read: move details to docs/"
    )


@pytest.mark.parametrize("address", REGISTRIES)
def test_no_file_names_a_package_registry(address: str) -> None:
    found = [path for path, text in texts().items() if address in text]
    assert not found, (
        f"{address} in {found}: where packages come from is the machine's setting, not the "
        "project's; it must install behind a mirror as well"
    )


def test_no_file_leads_out_of_the_project() -> None:
    found = [path for path, text in texts().items() if OUTSIDE in text]
    assert not found, f"{OUTSIDE} in {found}: nobody else has that folder"


def test_every_decision_is_in_the_index_of_the_docs() -> None:
    index = texts()["docs/README.md"]
    unlisted = [
        path
        for path in of_kind(".md", "docs/decisions/")
        if path.removeprefix("docs/") not in index
    ]
    assert not unlisted, f"a decision that nobody finds is made again: list {unlisted}"


def test_every_link_in_the_docs_leads_somewhere() -> None:
    broken = [
        f"{path}: {target}"
        for path, text in of_kind(".md").items()
        for target in LINK.findall(text)
        if "://" not in target and not (PROJECT_DIR / path).parent.joinpath(target).exists()
    ]
    assert not broken, f"links to nothing: {broken}"


def test_every_sql_file_of_flink_begins_with_a_sentence() -> None:
    mute = []
    for path, text in of_kind(".sql", "flink_sql/").items():
        comment = re.match(r"(-- .+\n)+", text)
        says = re.search(r"-- [A-Z`].*\.$", comment[0].strip(), re.DOTALL) if comment else None
        if not _is_generated(path, text) and says is None:
            mute.append(path)
    assert not mute, f"SQL says how, the sentence on top says what a row is: add it to {mute}"


def test_no_test_sleeps() -> None:
    sleepers = [
        path
        for path, text in of_kind(".py", "tests/").items()
        if ("time", "sleep") in _calls(ast.parse(text))
    ]
    assert not sleepers, (
        f"time.sleep in {sleepers}: too short on a slow machine and wasted on a fast one; "
        "wait for the condition, with a bound"
    )


def test_no_test_is_skipped() -> None:
    skipped = [
        f"{path}: {module}.{name}"
        for path, text in of_kind(".py", "tests/").items()
        for module, name in _calls(ast.parse(text))
        if name in SKIPS and module.split(".")[0] == "pytest"
    ]
    assert not skipped, f"a test that does not run proves nothing: {skipped}"
