"""Domain scalars: what a column's value is, with its unit, said once.

A scalar is an `Annotated` type; `Base` maps it to a PostgreSQL type, and the Flink DDL, the table
reference and the API fields are derived from that.
"""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from dataclasses import dataclass
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

BUSINESS_ZONE = "Asia/Kolkata"
"""Time zone of business days. Instants are stored in UTC."""


def business_date(at: dt.datetime) -> dt.date:
    """The business date of an instant."""
    return at.astimezone(ZoneInfo(BUSINESS_ZONE)).date()


@dataclass(frozen=True)
class Meaning:
    """What a scalar is, and in which unit it counts."""

    text: str
    unit: str


Paise = Annotated[int, Meaning("money", "paise")]
PaiseSum = Annotated[decimal.Decimal, Meaning("sum of money, may pass 2^63", "paise")]
Histogram = Annotated[
    decimal.Decimal, Meaning("durations, counted in buckets", "bucket b in digits 12b and up")
]
Rupees = Annotated[decimal.Decimal, Meaning("money as the core writes it", "rupees, two decimals")]
BasisPoints = Annotated[int, Meaning("rate", "1/10,000")]
Percent = Annotated[decimal.Decimal, Meaning("rate as the core writes it", "percent")]
Count = Annotated[int, Meaning("count", "rows")]
BusinessDays = Annotated[int, Meaning("duration", "business days")]
Seconds = Annotated[int, Meaning("duration", "seconds")]
Instant = Annotated[dt.datetime, Meaning("instant", "UTC")]
BusinessDate = Annotated[dt.date, Meaning("business day", f"day in {BUSINESS_ZONE}")]
Lsn = Annotated[int, Meaning("position in a write-ahead log", "bytes")]
Offset = Annotated[int, Meaning("position in a topic partition", "records")]
Name = Annotated[str, Meaning("text", "text")]
Flag = Annotated[str, Meaning("'0' or '1'", "flag")]
Bytes = Annotated[bytes, Meaning("bytes as they came", "bytes")]
Identifier = Annotated[uuid.UUID, Meaning("identifier", "UUID")]
Ordinal = Annotated[int, Meaning("number of a thing", "ordinal")]
Json = Annotated[dict[str, Any], Meaning("facts under names", "JSON")]
Truth = Annotated[bool, Meaning("whether it holds", "true or false")]
Score = Annotated[decimal.Decimal, Meaning("how far from what is expected", "deviations")]


class Base(DeclarativeBase):
    """Base of the V2 tables; Alembic compares against its metadata."""

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads this class attribute
        Paise: BigInteger(),
        PaiseSum: Numeric(38, 0),
        Histogram: Numeric(),
        BasisPoints: Integer(),
        Count: BigInteger(),
        BusinessDays: SmallInteger(),
        Seconds: BigInteger(),
        Instant: DateTime(timezone=True),
        BusinessDate: Date(),
        Lsn: BigInteger(),
        Offset: BigInteger(),
        Name: Text(),
        Bytes: LargeBinary(),
        Identifier: Uuid(),
        Ordinal: Integer(),
        Json: JSONB(),
        Truth: Boolean(),
        Score: Numeric(12, 2),
    }


class CoreBase(DeclarativeBase):
    """Base of the core system's tables: what we rely on, checked against the real ones."""

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads this class attribute
        Rupees: Numeric(15, 2),
        Percent: Numeric(5, 2),
        Instant: DateTime(timezone=True),
        BusinessDate: Date(),
        Name: Text(),
        Flag: CHAR(1),
        Ordinal: Integer(),
    }
