"""Job specifications are read from flink_sql/ as people wrote it."""

from __future__ import annotations

import pytest

from settlement_platform.errors import StreamingError
from settlement_platform.streaming.jobs import filled, job_specs, needed


def test_what_a_statement_needs_comes_before_it() -> None:
    objects = {"a_view": "CREATE a_view FROM a_table", "a_table": "CREATE a_table", "other": "x"}
    assert needed(["INSERT INTO s SELECT * FROM a_view"], objects) == (
        "CREATE a_table",
        "CREATE a_view FROM a_table",
    )


def test_each_job_commits_its_offsets_in_groups_of_its_own() -> None:
    groups = [group for spec in job_specs().values() for group in spec.consumer_groups]
    assert len(groups) == len(set(groups))
    assert "transaction_enrichment.dead-letters" in groups


def test_the_version_of_a_job_follows_its_sql_and_not_its_addresses() -> None:
    versions = {name: spec.code_version for name, spec in job_specs().items()}
    assert len(set(versions.values())) == len(versions)
    assert all("127.0.0.1" not in text for spec in job_specs().values() for text in spec.ddl)


def test_a_placeholder_without_a_value_is_an_error() -> None:
    with pytest.raises(StreamingError, match=r"\$\{kafka\}"):
        filled("'properties.bootstrap.servers' = '${kafka}'", {})


def test_json_paths_are_no_placeholders() -> None:
    assert filled("JSON_VALUE(body, '$.op') -- ${job}", {"job": "j"}) == (
        "JSON_VALUE(body, '$.op') -- j"
    )
