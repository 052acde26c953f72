"""A contract's table as Dagster shows it: what a row is, its columns with type and meaning."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import cleandoc
from typing import Any

import dagster as dg
from sqlalchemy import Column, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase

from settlement_platform.contracts.reference import meanings

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def table_of(model: type[DeclarativeBase]) -> Table:
    """The SQLAlchemy table behind a contract's class."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


def what_a_row_is(model: type[DeclarativeBase]) -> str:
    """The contract's own words."""
    return cleandoc(model.__doc__ or "")


def _column(column: Column[Any], key: tuple[str, ...], unit: str | None) -> dg.TableColumn:
    return dg.TableColumn(
        name=column.name,
        type=column.type.compile(_DIALECT).lower(),
        description=f"{column.comment} ({unit})" if unit else column.comment,
        constraints=dg.TableColumnConstraints(
            nullable=bool(column.nullable),
            unique=key == (column.name,),
            other=["primary key"] if column.primary_key else [],
        ),
    )


def table_schema(table: Table, units: Mapping[str, str] | None = None) -> dg.TableSchema:
    """Columns in order, with their units; a key of several columns is a constraint of the table."""
    key = tuple(column.name for column in table.primary_key)
    together = [f"primary key ({', '.join(key)})"] if len(key) > 1 else []
    return dg.TableSchema(
        columns=[_column(column, key, (units or {}).get(column.name)) for column in table.columns],
        constraints=dg.TableConstraints(other=together),
    )


def table_metadata(model: type[DeclarativeBase], database: str) -> Mapping[str, Any]:
    """What Dagster shows of a table in its own places."""
    table = table_of(model)
    units = {name: m.unit for name, m in meanings(model).items() if m.unit != m.text}
    return {
        "dagster/table_name": f"{database}.{table.schema or 'public'}.{table.name}",
        "dagster/column_schema": table_schema(table, units),
    }
