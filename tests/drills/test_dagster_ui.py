"""The questions to Dagster are questions that this version of Dagster understands."""

from __future__ import annotations

from pathlib import Path

import pytest
from dagster_graphql.schema import create_schema
from graphql import GraphQLSchema, parse, validate

from settlement_platform.drills import dagster_ui

QUERIES = sorted((Path(dagster_ui.__file__).parent / "graphql").glob("*.graphql"))


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """Dagster's own."""
    made: GraphQLSchema = create_schema().graphql_schema
    return made


@pytest.mark.parametrize("query", QUERIES, ids=[query.stem for query in QUERIES])
def test_dagster_understands_the_question(schema: GraphQLSchema, query: Path) -> None:
    assert validate(schema, parse(query.read_text())) == []
