"""Merchants have no date: whatever dates are replayed, they are made equal to the core as well."""

from __future__ import annotations

import datetime as dt

from settlement_platform.config import Settings
from settlement_platform.errors import ProofError
from settlement_platform.proof.telling import Tell
from settlement_platform.proof.verify import Comparison
from settlement_platform.proof.verify_tables import MERCHANTS as COMPARED_MERCHANTS
from settlement_platform.repair.absence import missed_merchant
from settlement_platform.repair.plan import chunks
from settlement_platform.repair.reaching import (
    ask_again,
    await_arrival,
    read_v2_merchants,
)
from settlement_platform.repair.records import write_records
from settlement_platform.repair.signals import KEYS_A_SIGNAL, MERCHANTS

MOST_IS_FROM = 10
"""Merchants that the core has not, up to which their share does not matter."""


def refuse_to_empty(gone: int, in_core: int) -> None:
    """Raises ProofError where the core has lost most of the merchants: that is hardly meant."""
    if gone > MOST_IS_FROM and gone > in_core:
        raise ProofError(
            f"V2 has {gone:,} merchants that the core has not, which has {in_core:,}: nothing was "
            "changed",
            "see in the core whether merchant_data was truncated; if that is meant, repeat the "
            "command with --remove-most",
        )


def repair_merchants(
    settings: Settings, comparison: Comparison, tell: Tell, remove_most: bool
) -> int:
    """Have merchants that differ read again, and tell the stream of those that the core has not.

    Returns how many were asked for; whether they are equal now is for `verify` to tell. Raises
    ProofError or CaptureError.
    """
    items = comparison.findings[COMPARED_MERCHANTS].items
    gone = sorted(key for (key,), item in items.items() if item.kind == "extra")
    wrong = sorted(key for (key,), item in items.items() if item.kind != "extra")
    if not remove_most:
        refuse_to_empty(len(gone), comparison.core_rows[COMPARED_MERCHANTS])
    lsn, now = comparison.lsn, dt.datetime.now(dt.UTC)
    if gone:
        tell(f"telling the stream of {len(gone):,} merchants that the core has not")
        found = read_v2_merchants(settings.v2_dsn, gone)
        write_records(settings.kafka, [missed_merchant(merchant, lsn, now) for merchant in found])
        await_arrival(settings.v2_dsn, gone, lsn, tell, MERCHANTS)
    for keys in chunks(wrong, KEYS_A_SIGNAL):
        if not ask_again(settings.core_signal_dsn, settings.v2_dsn, keys, tell, MERCHANTS):
            break
    return len(items)
