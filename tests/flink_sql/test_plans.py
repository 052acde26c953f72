"""The changelog of every job's plan is a golden file: no retraction and no DELETE in sight."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from settlement_platform.config import Settings
from settlement_platform.streaming.cluster import local_cluster
from settlement_platform.streaming.deploy import explain
from settlement_platform.streaming.jobs import job_specs

pytestmark = pytest.mark.e2e

GOLDEN = Path(__file__).parent / "golden"
OPERATOR = re.compile(
    r"^([ :|+-]*)(\w+)\((table=\[.*?(topic_\w+|sp_v2_\w+))?.*changelogMode=\[([\w,]+)\]"
)


def changelog(plan: str) -> str:
    """Operators and their changelog modes: what a change of the SQL must not change unseen."""
    physical = plan.split("== Optimized Physical Plan ==")[1].split("\n== ", maxsplit=1)[0]
    found = (OPERATOR.match(line) for line in physical.splitlines())
    lines = [f"{m[1]}{m[2]} {m[4] or ''} [{m[5]}]".replace("  [", " [") for m in found if m]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", sorted(job_specs()))
def test_the_changelog_of_a_job_is_as_reviewed(name: str, stack_settings: Settings) -> None:
    found = changelog(explain(local_cluster(stack_settings), job_specs()[name]))
    golden = GOLDEN / f"{name}.changelog.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(found)
    assert found == golden.read_text()
    assert "D]" not in found
    assert "UB" not in found
