"""Reads flink_sql/ into job specifications. A folder under jobs/ is one Flink job."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Template

from settlement_platform.contracts.v2 import RealtimeAggregate, Transaction
from settlement_platform.errors import StreamingError

FLINK_SQL_DIR = Path(__file__).parents[2] / "flink_sql"
SETTINGS_FILE = "settings.sql"
OWN_SETTINGS = "settlement."
_SET = re.compile(r"^SET '([^']+)' = '([^']*)';$", re.MULTILINE)
_CREATES = re.compile(r"CREATE TEMPORARY (?:TABLE|VIEW) (\w+)")
_COMMENT = re.compile(r"^--.*\n", re.MULTILINE)


@dataclass(frozen=True)
class JobSpec:
    """A Flink job as it must be: Flink's settings, its DDL in order, one INSERT a sink."""

    name: str
    settings: dict[str, str]
    variables: dict[str, str]
    ddl: tuple[str, ...]
    inserts: dict[str, str]

    @property
    def code_version(self) -> str:
        """Hash of everything that the job is made of, before addresses are filled in."""
        parts = [str(sorted(self.settings.items())), str(sorted(self.variables.items()))]
        parts += [*self.ddl, *self.inserts.values()]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    @property
    def consumer_groups(self) -> dict[str, tuple[str, ...]]:
        """The consumer groups that the job commits its offsets in, with the topics of each."""
        groups: dict[str, tuple[str, ...]] = {}
        for table in self.ddl:
            group = re.search(r"'properties.group.id' = '([^']+)'", table)
            topics = re.search(r"'topic' = '([^']+)'", table)
            if group and topics:
                name = Template(group[1]).substitute(job=self.name)
                groups[name] = (*groups.get(name, ()), *topics[1].split(";"))
        return groups

    @property
    def is_told_by_as_of(self) -> bool:
        """Whether as_of waits for this job: payments and their sums are complete up to it.

        A job that only looks at them must not hold it back.
        """
        return not self.inserts.keys().isdisjoint(
            (Transaction.__tablename__, RealtimeAggregate.__tablename__)
        )

    @property
    def topics_read(self) -> tuple[str, ...]:
        """Every topic that the job reads."""
        return tuple(sorted({t for topics in self.consumer_groups.values() for t in topics}))

    @property
    def statement_set(self) -> str:
        """All sinks as one job."""
        return "EXECUTE STATEMENT SET BEGIN\n" + ";\n".join(self.inserts.values()) + ";\nEND"


@lru_cache(maxsize=1)
def _objects() -> dict[str, str]:
    """Name -> DDL of every table and view, comments left out."""
    found: dict[str, str] = {}
    for path in sorted([*FLINK_SQL_DIR.glob("tables/*.sql"), *FLINK_SQL_DIR.glob("views/*.sql")]):
        text = _COMMENT.sub("", path.read_text()).strip().rstrip(";")
        name = _CREATES.search(text)
        if name is None or name[1] != path.stem:
            raise StreamingError(
                f"{path} does not create the table or view '{path.stem}'",
                "name the file after what it creates",
            )
        found[path.stem] = text
    return found


def needed(statements: list[str], objects: dict[str, str]) -> tuple[str, ...]:
    """The DDL that statements need, each after what it is made of."""
    ordered: dict[str, str] = {}

    def visit(text: str) -> None:
        words = set(re.findall(r"\w+", text))
        for name in sorted(words & objects.keys() - ordered.keys()):
            if objects[name] is not text:
                visit(objects[name])
                ordered.setdefault(name, objects[name])

    for statement in statements:
        visit(statement)
    return tuple(ordered.values())


def read_job(folder: Path) -> JobSpec:
    """One job from its folder."""
    pairs = dict(_SET.findall((folder / SETTINGS_FILE).read_text()))
    inserts = {
        path.stem: _COMMENT.sub("", path.read_text()).strip().rstrip(";")
        for path in sorted(folder.glob("*.sql"))
        if path.name != SETTINGS_FILE
    }
    own = {k.removeprefix(OWN_SETTINGS): v for k, v in pairs.items() if k.startswith(OWN_SETTINGS)}
    flink = {k: v for k, v in pairs.items() if not k.startswith(OWN_SETTINGS)}
    ddl = needed(list(inserts.values()), _objects())
    return JobSpec(folder.name, flink, own, ddl, inserts)


@lru_cache(maxsize=1)
def job_specs() -> dict[str, JobSpec]:
    """Every job under flink_sql/jobs, by name."""
    folders = sorted(path for path in (FLINK_SQL_DIR / "jobs").iterdir() if path.is_dir())
    return {folder.name: read_job(folder) for folder in folders}


def told_by_as_of() -> list[JobSpec]:
    """The jobs that as_of waits for."""
    return [spec for spec in job_specs().values() if spec.is_told_by_as_of]


def job_spec(name: str) -> JobSpec:
    """One job. Raises StreamingError, which names those that there are."""
    specs = job_specs()
    if name not in specs:
        raise StreamingError(f"there is no job '{name}'", f"take one of {', '.join(specs)}")
    return specs[name]


def filled(text: str, values: dict[str, str]) -> str:
    """SQL with its placeholders filled. Raises StreamingError when one has no value."""
    # JSON paths and regular expressions have dollar signs of their own: they stay.
    result = Template(text).safe_substitute(values)
    left = re.search(r"\$\{\w+\}", result)
    if left:
        raise StreamingError(
            f"the placeholder {left[0]} has no value", "give it one in streaming/deploy.py"
        )
    return result
