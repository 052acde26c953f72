"""A bank's statement of transfers: a CSV file, and which transfer each of its rows confirms. Pure.

Columns, in any order and among others, which are passed over and not kept: value_date
(YYYY-MM-DD), utr (letters and digits), amount (rupees).
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from settlement_platform.settlement import field_rules
from settlement_platform.settlement.csv_rows import Format, Reading, RefusedValueError

SHORTEST_UTR, LONGEST_UTR = 8, 22
WITHIN_DAYS = 1
"""Days after it was sent on which the bank may date a transfer whose UTR it cut short."""
_UTR = re.compile(f"[A-Z0-9]{{{SHORTEST_UTR},{LONGEST_UTR}}}")


@dataclass(frozen=True)
class StatementRow:
    """One credit, as the bank states it. `line`: of the file."""

    line: int
    value_date: dt.date
    utr: str
    amount_paise: int


@dataclass(frozen=True)
class Transfer:
    """A batch that was sent to the bank, credited or not yet: a statement may come twice.

    `utr`: as the bank gave it; None: not given yet, and nothing confirms it.
    """

    batch_id: str
    utr: str | None
    amount_paise: int
    sent_on: dt.date


class How(StrEnum):
    """What tied a row to its transfer."""

    EXACT = "EXACT"
    TRUNCATED = "TRUNCATED"


@dataclass(frozen=True)
class Match:
    """A row that confirms a transfer."""

    row: StatementRow
    transfer: Transfer
    how: How


@dataclass(frozen=True)
class Unmatched:
    """A row that confirms nothing, why, and the batches that it might be of."""

    row: StatementRow
    reason: str
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Matching:
    """What a statement confirms, what in it a person has to look at, and what it does not have."""

    matches: tuple[Match, ...]
    unmatched: tuple[Unmatched, ...]
    unconfirmed: tuple[Transfer, ...]


def _utr(value: str) -> str:
    if not _UTR.fullmatch(value):
        raise RefusedValueError(
            f"is not a UTR of {SHORTEST_UTR} to {LONGEST_UTR} capital letters and digits"
        )
    return value


RULES = {"value_date": field_rules.date, "utr": _utr, "amount": field_rules.paise}


def read_statement(chunks: Iterable[bytes]) -> Reading[StatementRow]:
    """Iterate over it for each row, good or refused. `chunks`: the file in pieces of any size."""

    def build(line: int, values: Mapping[str, Any]) -> StatementRow:
        return StatementRow(line, values["value_date"], values["utr"], values["amount"])

    return Reading(chunks, Format(RULES, build, ignores_others=True))


def match(rows: Iterable[StatementRow], transfers: Iterable[Transfer]) -> Matching:
    """Which rows confirm which transfers; the same in whatever order they are given.

    A row is of a transfer when it has its whole UTR and its amount. A row with a UTR of no transfer
    is of the one whose UTR begins or ends with it, if amount and date agree as well. Nothing is
    ever matched without its UTR. Where two rows or two transfers could be meant, none is taken.
    """
    ordered = sorted(rows, key=lambda row: (row.line, row.utr))
    given = sorted(transfers, key=lambda transfer: transfer.batch_id)
    whole: dict[str, list[Transfer]] = defaultdict(list)
    for transfer in given:
        if transfer.utr is not None:
            whole[transfer.utr].append(transfer)
    exact = [row for row in ordered if row.utr in whole]
    cut = [row for row in ordered if row.utr not in whole]

    claims = [(row, whole[row.utr]) for row in exact]
    matches, unmatched = _settle(claims, How.EXACT)
    named = {row.utr for row in exact}
    left = [t for t in given if t.utr is not None and t.utr not in named]
    short, refused = _settle([(row, _candidates(row, left)) for row in cut], How.TRUNCATED)
    matches, unmatched = matches + short, unmatched + refused

    confirmed = {found.transfer.batch_id for found in matches}
    return Matching(
        matches=tuple(sorted(matches, key=lambda found: found.row.line)),
        unmatched=tuple(sorted(unmatched, key=lambda found: found.row.line)),
        unconfirmed=tuple(t for t in given if t.batch_id not in confirmed),
    )


def _candidates(row: StatementRow, transfers: Sequence[Transfer]) -> list[Transfer]:
    return [
        transfer
        for transfer in transfers
        if transfer.utr is not None
        and (transfer.utr.startswith(row.utr) or transfer.utr.endswith(row.utr))
        and transfer.amount_paise == row.amount_paise
        and 0 <= (row.value_date - transfer.sent_on).days <= WITHIN_DAYS
    ]


def _settle(
    claims: Sequence[tuple[StatementRow, list[Transfer]]], how: How
) -> tuple[list[Match], list[Unmatched]]:
    """Take each claim that is the only one on its only transfer; name what is wrong with others."""
    claimed: dict[str, int] = defaultdict(int)
    for _, candidates in claims:
        for transfer in candidates:
            claimed[transfer.batch_id] += 1
    matches, unmatched = [], []
    for row, candidates in claims:
        reason = _refusal(row, candidates, claimed)
        if reason:
            ids = tuple(transfer.batch_id for transfer in candidates)
            unmatched.append(Unmatched(row, reason, ids))
        else:
            matches.append(Match(row, candidates[0], how))
    return matches, unmatched


def _refusal(
    row: StatementRow, candidates: list[Transfer], claimed: Mapping[str, int]
) -> str | None:
    if not candidates:
        return "no transfer has this UTR, whole or cut short with its amount and date"
    if len(candidates) > 1:
        return f"{len(candidates)} transfers could be meant"
    if claimed[candidates[0].batch_id] > 1:
        return "another row of the statement means the same transfer"
    if candidates[0].amount_paise != row.amount_paise:
        return "the transfer with this UTR has another amount"
    return None
