"""What the text of one CSV field may be, by the rules of the wire. Pure.

Each takes the text and gives its value, or raises RefusedValueError. Nothing is trimmed, rounded or
guessed.
"""

from __future__ import annotations

import datetime as dt
import re

from settlement_platform.contracts.core import CORE_STATUSES
from settlement_platform.contracts.wire import INSTANT, LONGEST_TEXT, STATUS, TEXT
from settlement_platform.settlement.csv_rows import RefusedValueError
from settlement_platform.settlement.money import MoneyError, paise_of

_TEXT = re.compile(f"[^\\x00-\\x1f\\x7f-\\x9f]{{1,{LONGEST_TEXT}}}")
_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(INSTANT.pattern)


def text(value: str) -> str:
    """Text of 1 to 256 characters without control characters."""
    if not _TEXT.fullmatch(value):
        raise RefusedValueError(TEXT.otherwise)
    return value


def paise(value: str) -> int:
    """An amount in rupees, as paise."""
    try:
        return paise_of(value)
    except MoneyError as error:
        raise RefusedValueError(error.cause.removeprefix("the amount ")) from None


def date(value: str) -> dt.date:
    """A date as YYYY-MM-DD."""
    try:
        if _DATE.fullmatch(value):
            return dt.date.fromisoformat(value)
    except ValueError:
        pass
    raise RefusedValueError("is not a date as YYYY-MM-DD")


def instant(value: str) -> dt.datetime:
    """An instant in UTC as YYYY-MM-DDTHH:MM:SS[.ffffff]Z."""
    if not _INSTANT.fullmatch(value):
        raise RefusedValueError(f"{INSTANT.otherwise}: write it as 2026-01-31T18:30:00Z")
    return dt.datetime.fromisoformat(value)


def status(value: str) -> str:
    """A status of the core."""
    if value not in CORE_STATUSES:
        raise RefusedValueError(STATUS.otherwise)
    return value
