"""A manual upload: every row that breaks a rule is told of, and spoils no other."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement_platform.settlement.csv_rows import (
    LONGEST_LINE_BYTES,
    FileError,
    Good,
    Reading,
    Refused,
)
from settlement_platform.settlement.uploads import RULES, UploadedTransaction, read_upload

HEADER = ",".join(RULES).encode() + b"\n"
FIELDS = {
    "transaction_id": "T1",
    "merchant_id": "M1",
    "amount": "5000.00",
    "payment_method": "UPI",
    "transaction_date": "2026-02-01",
    "status": "SUCCESS",
    "created_at": "2026-01-31T18:30:00Z",
}
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40)


def csv_line(**changes: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow({**FIELDS, **changes}.values())
    return out.getvalue().encode()


def read(*lines: bytes, header: bytes = HEADER) -> tuple[Reading[UploadedTransaction], list]:
    reading = read_upload([header + b"".join(lines)])
    return reading, list(reading)


def refused_with(outcome: Good[UploadedTransaction] | Refused) -> list[tuple[int, str]]:
    assert isinstance(outcome, Refused)
    return [(error.line, error.column) for error in outcome.errors]


def test_a_good_row_is_read_in_v2s_words() -> None:
    reading, (good,) = read(csv_line())
    assert good == Good(
        2,
        UploadedTransaction(
            transaction_id="T1",
            merchant_id="M1",
            amount_paise=500_000,
            payment_method="UPI",
            transaction_date=dt.date(2026, 2, 1),
            status="SUCCESS",
            created_at=dt.datetime(2026, 1, 31, 18, 30, tzinfo=dt.UTC),
        ),
    )
    assert (reading.accepted, reading.refused) == (1, 0)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *(
            ("amount", value)
            for value in (
                *("", "5000.005", "1e3", " 5000.00", "-1", "+1", "1,000.00", "10000000000000"),
                *("92233720368547758.08", "NaN", "\u0967\u0968", "5000.00\u200b"),
            )
        ),
        *(("status", value) for value in ("", "success", "SETTLED", "SUCCESS ")),
        *(
            ("transaction_date", value)
            for value in ("", "01-02-2026", "2026-02-30", "20260201", "2026-2-1", "2026-W05-7")
        ),
        *(
            ("created_at", value)
            for value in (
                *("", "2026-02-01", "2026-03-31T18:30:00", "2026-02-01T00:00:00+05:30"),
                *("2026-01-31 18:30:00Z", "2026-13-01T00:00:00Z", "2025-02-29T00:00:00Z"),
            )
        ),
        *(
            (column, value)
            for column in ("transaction_id", "merchant_id", "payment_method")
            for value in ("", "x" * 257, "a\u0000b", "a\tb", "a\u0085b")
        ),
    ],
)
def test_a_value_that_breaks_a_rule_is_refused_by_line_and_column_and_not_repeated(
    column: str, value: str
) -> None:
    reading, outcomes = read(
        csv_line(transaction_id="T0"), csv_line(**{column: value}), csv_line(transaction_id="T2")
    )
    assert refused_with(outcomes[1]) == [(3, column)]
    assert len(value) < 5 or value not in outcomes[1].errors[0].reason
    assert [outcome.line for outcome in (outcomes[0], outcomes[2])] == [2, 4]
    assert (reading.accepted, reading.refused) == (2, 1)


def test_every_rule_that_a_row_breaks_is_told() -> None:
    _, (outcome,) = read(csv_line(amount="-1", status="paid", created_at="today"))
    assert refused_with(outcome) == [(2, "amount"), (2, "status"), (2, "created_at")]


@pytest.mark.parametrize(
    ("created_at", "day", "good"),
    [
        ("2026-01-31T18:29:59.999999Z", "2026-01-31", True),
        ("2026-01-31T18:29:59.999999Z", "2026-02-01", False),
        ("2026-01-31T18:30:00Z", "2026-02-01", True),
        ("2026-01-31T18:30:00Z", "2026-01-31", False),
    ],
)
def test_the_day_of_a_payment_is_its_day_in_asia_kolkata(
    created_at: str, day: str, good: bool
) -> None:
    _, (outcome,) = read(csv_line(created_at=created_at, transaction_date=day))
    assert isinstance(outcome, Good) is good


def test_the_second_row_of_a_transaction_is_refused_and_a_refused_first_one_does_not_count() -> (
    None
):
    _, outcomes = read(csv_line(amount="x"), csv_line(), csv_line(amount="7"))
    assert isinstance(outcomes[1], Good)
    assert refused_with(outcomes[2]) == [(4, "*")]


@pytest.mark.parametrize(
    "line",
    [
        b"T1,M1\n",
        csv_line().strip() + b",more\n",
        b'"T1' + csv_line()[2:],
        b'"T1"x' + csv_line()[2:],
        b"\xff\xfe" + csv_line(),
        b"x" * (LONGEST_LINE_BYTES + 1) + b"\n",
        b'T1\r"' + csv_line()[2:],
    ],
)
def test_a_line_that_is_no_record_spoils_no_other(line: bytes) -> None:
    _, outcomes = read(csv_line(transaction_id="T0"), line, csv_line(transaction_id="T2"))
    assert [isinstance(outcome, Good) for outcome in outcomes] == [True, False, True]
    assert refused_with(outcomes[1])[0][0] == 3
    assert outcomes[2].line == 4


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (b"", "lacks"),
        (b"transaction_id,merchant_id\n", "lacks amount"),
        (HEADER.replace(b"amount", b"Amount"), "lacks amount"),
        (HEADER.strip() + b",card_number\n", "do not belong"),
        (HEADER.strip() + b",amount\n", "stands twice"),
        (b"\xff" + HEADER, "not UTF-8"),
        (HEADER.replace(b",", b";"), "lacks"),
        (b"x" * 100_000, "lacks"),
    ],
)
def test_a_file_with_the_wrong_columns_is_not_read(header: bytes, says: str) -> None:
    with pytest.raises(FileError, match=says):
        read(csv_line(), header=header)


def test_columns_in_another_order_blank_lines_and_the_marks_of_windows_are_all_right() -> None:
    names, values = list(FIELDS)[::-1], list(FIELDS.values())[::-1]
    file = "\ufeff" + ",".join(names) + "\r\n\r\n" + ",".join(values) + "\r\n\r\n"
    (outcome,) = read_upload([file.encode()])
    assert isinstance(outcome, Good)
    assert (outcome.line, outcome.row.transaction_id) == (3, "T1")


@given(
    st.lists(st.tuples(TEXTS, TEXTS, st.integers(0, 10**14 - 1)), max_size=10),
    st.lists(st.integers(1, 60), min_size=1, max_size=20),
)
def test_any_text_comes_through_as_it_is_however_the_file_is_cut(
    rows: list[tuple[str, str, int]], cuts: list[int]
) -> None:
    lines = [
        csv_line(
            transaction_id=f"{n} {name}",
            merchant_id=merchant,
            amount=f"{paise // 100}.{paise % 100:02}",
        )
        for n, (name, merchant, paise) in enumerate(rows)
    ]
    file = HEADER + b"".join(lines)

    def pieces() -> Iterator[bytes]:
        at = 0
        while at < len(file):
            size = cuts[at % len(cuts)]
            yield file[at : at + size]
            at += size

    reading = read_upload(pieces())
    outcomes = list(reading)
    assert all(isinstance(outcome, Good) for outcome in outcomes)
    assert [(o.row.transaction_id, o.row.merchant_id, o.row.amount_paise) for o in outcomes] == [
        (f"{n} {name}", merchant, paise) for n, (name, merchant, paise) in enumerate(rows)
    ]
    assert reading.digest == hashlib.sha256(file).hexdigest()


@given(st.binary(max_size=300))
def test_whatever_bytes_come_each_line_is_a_row_that_was_read_or_refused(content: bytes) -> None:
    reading, outcomes = read(content)
    filled = [line for line in content.split(b"\n") if line.removesuffix(b"\r")]
    assert reading.accepted + reading.refused == len(outcomes) == len(filled)


def test_the_same_file_has_the_same_digest_and_another_one_another() -> None:
    first, _ = read(csv_line())
    again, _ = read(csv_line())
    other, _ = read(csv_line(amount="5000.01"))
    assert first.digest == again.digest != other.digest


def test_rows_do_not_sit_in_memory() -> None:
    rows = 10_000
    rest = csv_line(merchant_id="m" * 200)[2:]

    def pieces() -> Iterator[bytes]:
        yield HEADER
        for n in range(rows):
            yield b"T%d" % n + rest

    tracemalloc.start()
    try:
        reading = read_upload(pieces())
        assert sum(isinstance(outcome, Good) for outcome in reading) == rows
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < rows * 150  # of 280 bytes a line, and more as objects


def test_the_end_of_a_line_that_is_too_long_is_not_taken_for_a_line_of_its_own() -> None:
    chunks = [HEADER, b"x" * (LONGEST_LINE_BYTES + 1), csv_line(), csv_line(transaction_id="T2")]
    too_long, good = read_upload(chunks)
    assert refused_with(too_long) == [(2, "*")]
    assert isinstance(good, Good)
    assert (good.line, good.row.transaction_id) == (3, "T2")


def test_a_line_without_an_end_does_not_sit_in_memory_either() -> None:
    tracemalloc.start()
    try:
        chunks = (b"x" * 65_536 for _ in range(400))
        outcomes = list(read_upload(c for part in ([HEADER], chunks) for c in part))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refused_with(outcomes[0]) == [(2, "*")]
    assert peak_bytes < 1_000_000
