"""`settlement render`, on the repository itself and on a copy of its generated files."""

from __future__ import annotations

from pathlib import Path

import pytest

from settlement_platform.cli.render import PROJECT_DIR, render, wanted_files
from settlement_platform.contracts.core import CAPTURED_TABLES
from settlement_platform.contracts.reference import meanings, tables_markdown, v2_tables
from settlement_platform.errors import SettlementError
from settlement_platform.streaming import generated_sql


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose generated files have just been rendered."""
    assert sorted(render(tmp_path, check=False)) == sorted(wanted_files())
    return tmp_path


def test_the_generated_files_of_the_repository_are_as_they_should_be() -> None:
    assert render(PROJECT_DIR, check=True) == []


def test_rendering_twice_changes_nothing(project: Path) -> None:
    assert render(project, check=False) == []


def test_a_changed_file_is_named_and_left_as_it_is_by_a_check(project: Path) -> None:
    changed = project / "docs/reference/tables.md"
    changed.write_text("by hand")
    with pytest.raises(SettlementError, match=r"docs/reference/tables\.md differs") as caught:
        render(project, check=True)
    assert "settlement render" in caught.value.remedy
    assert caught.value.exit_code == 1
    assert changed.read_text() == "by hand"


def test_a_missing_file_is_named_and_made(project: Path) -> None:
    (project / "docs/openapi.json").unlink()
    with pytest.raises(SettlementError, match=r"docs/openapi\.json is missing"):
        render(project, check=True)
    assert render(project, check=False) == ["docs/openapi.json"]
    assert render(project, check=True) == []


def test_a_file_that_is_no_longer_generated_is_named_and_removed(project: Path) -> None:
    left_over = project / "flink_sql/views/valid_of_a_table_that_is_gone.sql"
    left_over.write_text(f"{generated_sql.HEAD}SELECT 1\n")
    with pytest.raises(SettlementError, match=r"is_gone\.sql is no longer generated"):
        render(project, check=True)
    render(project, check=False)
    assert not left_over.exists()


def test_a_file_that_a_person_wrote_beside_the_generated_ones_is_left_alone(project: Path) -> None:
    written = project / "flink_sql/views/by_hand.sql"
    written.write_text("-- By hand.\nSELECT 1\n")
    assert render(project, check=False) == []
    assert written.exists()


def test_every_column_of_every_table_has_a_meaning_and_a_unit() -> None:
    for model in (*v2_tables(), *CAPTURED_TABLES):
        columns = model.__table__.columns
        assert meanings(model).keys() == {column.name for column in columns}
        assert [column.name for column in columns if not column.comment] == []


def test_every_table_has_its_section_in_the_reference() -> None:
    for model in (*v2_tables(), *CAPTURED_TABLES):
        assert f"### {model.__tablename__}\n" in tables_markdown()
