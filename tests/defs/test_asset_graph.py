"""The asset graph of the chain: what is in it, what follows from what, what can be converged."""

from __future__ import annotations

import json
import os
from pathlib import Path

import dagster as dg
from sqlalchemy import Column, Integer, MetaData, Numeric, Table, Text

from settlement_platform.capture.connectors import CORE_CONNECTOR, OUTBOX_CONNECTOR, V2_CONNECTOR
from settlement_platform.contracts.closes import COMPUTED_TABLES
from settlement_platform.contracts.topics import topic_specs
from settlement_platform.contracts.v2 import STREAMED_TABLES
from settlement_platform.definitions import defs
from settlement_platform.defs.capture import retention
from settlement_platform.defs.closes import BUSINESS_DAYS
from settlement_platform.defs.freshness import CLOSINGS, COMPLETE_TABLES
from settlement_platform.defs.naming import (
    GROUPS,
    STREAMING,
    connector_key,
    job_key,
    topic_key,
    v2_key,
)
from settlement_platform.defs.proven import PROVEN_DAY
from settlement_platform.defs.settlement import BATCHES, DATES
from settlement_platform.defs.tables import table_of, table_schema
from settlement_platform.streaming.jobs import job_specs

CONNECTORS = set(map(connector_key, (CORE_CONNECTOR, V2_CONNECTOR, OUTBOX_CONNECTOR)))
GOLDEN = Path(__file__).parent / "golden" / "asset_graph.json"


def specs() -> dict[dg.AssetKey, dg.AssetSpec]:
    return {spec.key: spec for spec in defs.resolve_all_asset_specs()}


def converged() -> set[dg.AssetKey]:
    """What materializing converges."""
    return {*CONNECTORS, *(job_key(name) for name in job_specs())}


def upstream(key: dg.AssetKey) -> list[dg.AssetKey]:
    return [dep.asset_key for dep in specs()[key].deps]


def graph_text() -> str:
    """Keys, groups, kinds, deps, freshness; whether it has days, columns, a code version: an asset
    a line."""
    nodes = {
        key.to_user_string(): {
            "group": spec.group_name,
            "kinds": sorted(spec.kinds),
            "has_code_version": spec.code_version is not None,
            "by_day": spec.partitions_def is not None,
            "freshness": type(spec.freshness_policy).__name__ if spec.freshness_policy else None,
            "has_columns": "dagster/column_schema" in spec.metadata,
            "deps": sorted(dep.to_user_string() for dep in upstream(key)),
        }
        for key, spec in specs().items()
    }
    lines = (
        f"{json.dumps(key)}: {json.dumps(nodes[key], sort_keys=True)}" for key in sorted(nodes)
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


def test_the_graph_is_the_one_that_was_agreed_on() -> None:
    found = graph_text()
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(found)
    assert found == GOLDEN.read_text()


def test_the_definitions_can_be_loaded() -> None:
    dg.Definitions.validate_loadable(defs)


def test_every_streamed_table_has_exactly_one_job_upstream() -> None:
    for model in STREAMED_TABLES:
        above = upstream(v2_key(table_of(model).name))
        assert [key.path[0] for key in above] == [STREAMING], model


def test_history_follows_the_transactions_that_it_keeps() -> None:
    assert upstream(v2_key("sp_v2_transaction_history")) == [v2_key("sp_v2_transactions")]


def test_every_topic_that_a_job_reads_is_an_asset_that_the_connector_fills() -> None:
    topics = {topic_key(spec.name) for spec in topic_specs()}
    assert {dep for name in job_specs() for dep in upstream(job_key(name))} <= topics
    assert all(len(upstream(topic)) == 1 for topic in topics)
    assert {upstream(topic)[0] for topic in topics} == CONNECTORS


def test_every_asset_says_what_it_is_whose_it_is_and_where_it_stands() -> None:
    for key, spec in specs().items():
        assert spec.description, key
        assert spec.owners, key
        assert spec.kinds, key
        assert spec.metadata, key
        assert spec.group_name in GROUPS, key


def computed() -> set[dg.AssetKey]:
    """What is computed by business day."""
    return {v2_key(table_of(model).name) for model in COMPUTED_TABLES}


def test_what_can_be_materialized_is_converged_or_computed_by_business_day() -> None:
    graph = defs.resolve_asset_graph()
    by_day = {key for key in computed() if graph.get(key).partitions_def == BUSINESS_DAYS}
    assert by_day == computed()
    assert graph.materializable_asset_keys == (
        converged() | computed() | {PROVEN_DAY, DATES, BATCHES}
    )
    assert defs.resolve_job_def("converge").asset_layer.executable_asset_keys == converged()


def test_every_convergence_has_a_pool_of_its_own() -> None:
    graph = defs.resolve_asset_graph()
    pools = [pool for key in converged() for pool in graph.get(key).pools or ()]
    assert len(pools) == len(set(pools)) == len(converged())


def test_the_topics_are_converged_before_the_jobs_that_read_them() -> None:
    nodes = defs.resolve_job_def("converge").nodes
    priority = {node.name: int(node.tags.get("dagster/priority", "0")) for node in nodes}
    connectors = [key.to_python_identifier() for key in CONNECTORS]
    jobs = [job_key(name).to_python_identifier() for name in job_specs()]
    assert all(priority[one] > priority[job] for one in connectors for job in jobs)


def test_a_run_stays_in_one_process() -> None:
    assert defs.executor is dg.in_process_executor


def test_a_table_shows_the_columns_types_and_meanings_of_its_contract() -> None:
    table = Table(
        "t",
        MetaData(),
        Column("id", Text(), primary_key=True, comment="identity"),
        Column("sum_paise", Numeric(38, 0), nullable=True, comment="money"),
    )
    identity, money = table_schema(table).columns
    assert (identity.type, identity.description) == ("text", "identity")
    assert identity.constraints.unique
    assert not identity.constraints.nullable
    assert identity.constraints.other == ["primary key"]
    assert (money.type, money.description) == ("numeric(38, 0)", "money")
    assert money.constraints.nullable
    assert not money.constraints.unique


def test_a_column_shows_its_unit_where_it_has_one() -> None:
    schema = specs()[v2_key("sp_v2_transactions")].metadata["dagster/column_schema"]
    said = {column.name: column.description for column in schema.columns}
    assert said["amount_paise"] == "amount of the payment (paise)"
    assert said["merchant_id"] == "merchant that is paid"


def test_every_streamed_table_and_no_day_has_a_freshness_policy() -> None:
    with_policy = {key for key, spec in specs().items() if spec.freshness_policy}
    reported = {v2_key(table) for table in (*COMPLETE_TABLES, "sp_v2_canary", CLOSINGS)}
    assert with_policy == reported
    assert not with_policy & computed()


def test_a_part_of_a_key_is_not_called_unique() -> None:
    keys = (Column(name, Integer(), primary_key=True) for name in ("day", "shop"))
    schema = table_schema(Table("t", MetaData(), *keys))
    assert not any(column.constraints.unique for column in schema.columns)
    assert schema.constraints.other == ["primary key (day, shop)"]


def test_retention_is_said_in_words() -> None:
    day_ms = 24 * 3600 * 1000
    assert [retention(ms) for ms in (-1, day_ms, 7 * day_ms)] == ["forever", "1 day", "7 days"]
