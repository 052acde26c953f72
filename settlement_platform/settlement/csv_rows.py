"""A CSV file of unknown origin, row by row: read in chunks, never held whole. Pure.

UTF-8, a header, one record a line. Nothing that it holds is trusted: each line stands alone, so a
bad one spoils no other, and no value of it is repeated in what is said of it.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from settlement_platform.errors import SettlementError

LONGEST_LINE_BYTES = 8_192
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
WHOLE_LINE = "*"
"""The column of an error that is not of one column."""

Row = TypeVar("Row")


class FileError(SettlementError):
    """A file that is not read at all: its header is not the documented one."""


class RefusedValueError(Exception):
    """A value that breaks a rule; its text is the reason, and tells the rule, not the value."""


@dataclass(frozen=True)
class RowError:
    """Why a line was refused. Lines count from 1, the header's included."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True)
class Good(Generic[Row]):
    """A line that keeps every rule."""

    line: int
    row: Row


@dataclass(frozen=True)
class Refused:
    """A line that breaks rules: every one that it breaks."""

    errors: tuple[RowError, ...]


@dataclass(frozen=True)
class Format(Generic[Row]):
    """What a file is to hold.

    `rules`: column -> what makes its value of the text, raising RefusedValueError. `build` makes
    the row of its line and its values, and may raise it, too. `ignores_others`: further columns
    are passed over.
    """

    rules: Mapping[str, Callable[[str], Any]]
    build: Callable[[int, Mapping[str, Any]], Row]
    ignores_others: bool = False


@dataclass
class Reading(Generic[Row]):
    """One reading of one file: iterate over it once, then ask it for its counts and its digest.

    Iterating raises FileError when the header is not as documented.
    """

    chunks: Iterable[bytes]
    format: Format[Row]
    accepted: int = 0
    refused: int = 0
    _hash: hashlib._Hash = field(default_factory=hashlib.sha256)

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes read so far: the same file has the same digest."""
        return self._hash.hexdigest()

    def __iter__(self) -> Iterator[Good[Row] | Refused]:
        numbered = enumerate(lines(self._hashed()), start=1)
        columns = self._header(next(numbered, (1, b""))[1])
        for number, line in numbered:
            if line == b"":
                continue
            outcome = self._read(number, line, columns)
            if isinstance(outcome, Good):
                self.accepted += 1
            else:
                self.refused += 1
            yield outcome

    def _hashed(self) -> Iterator[bytes]:
        for chunk in self.chunks:
            self._hash.update(chunk)
            yield chunk

    def _header(self, line: bytes | None) -> list[str]:
        try:
            columns = fields_of((line or b"").removeprefix(BYTE_ORDER_MARK))
        except RefusedValueError as refused:
            raise FileError(f"the header {refused}", self._expected()) from None
        wanted = set(self.format.rules)
        if missing := sorted(wanted - set(columns)):
            raise FileError(f"the header lacks {', '.join(missing)}", self._expected())
        if len(set(columns)) < len(columns):
            raise FileError("a column stands twice in the header", self._expected())
        if len(columns) > len(wanted) and not self.format.ignores_others:
            raise FileError("the header has columns that do not belong there", self._expected())
        return columns

    def _expected(self) -> str:
        return f"begin the file with the line {','.join(self.format.rules)}"

    def _read(self, number: int, line: bytes | None, columns: list[str]) -> Good[Row] | Refused:
        try:
            if line is None:
                raise RefusedValueError(f"is longer than {LONGEST_LINE_BYTES} bytes")
            texts = fields_of(line)
            if len(texts) != len(columns):
                raise RefusedValueError(f"has {len(texts)} fields, the header has {len(columns)}")
        except RefusedValueError as refused:
            return Refused((RowError(number, WHOLE_LINE, str(refused)),))
        values: dict[str, Any] = {}
        errors = []
        for column, text in zip(columns, texts, strict=True):
            if column not in self.format.rules:
                continue
            try:
                values[column] = self.format.rules[column](text)
            except RefusedValueError as refused:
                errors.append(RowError(number, column, str(refused)))
        if errors:
            return Refused(tuple(errors))
        try:
            return Good(number, self.format.build(number, values))
        except RefusedValueError as refused:
            return Refused((RowError(number, WHOLE_LINE, str(refused)),))


def lines(chunks: Iterable[bytes]) -> Iterator[bytes | None]:
    """The lines of a file without what ends them; None for one that is too long to be one."""
    rest, skipping = b"", False
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            fits = len(line) <= LONGEST_LINE_BYTES and not skipping
            yield line.removesuffix(b"\r") if fits else None
            skipping = False
        if len(rest) > LONGEST_LINE_BYTES:
            rest, skipping = b"", True
    if skipping:
        yield None
    elif rest:
        yield rest.removesuffix(b"\r")


def fields_of(line: bytes) -> list[str]:
    """The fields of one line. Raises RefusedValueError when it is not UTF-8 or not CSV."""
    try:
        return next(csv.reader([line.decode()], strict=True), [])
    except UnicodeDecodeError:
        raise RefusedValueError("is not UTF-8") from None
    except csv.Error:
        raise RefusedValueError("is not CSV: a quote is not closed, or text follows it") from None
