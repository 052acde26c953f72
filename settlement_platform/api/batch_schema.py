"""What the routes of settlement batches take and answer."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from settlement_platform.api.query import DateText, NameText
from settlement_platform.api.schema import PaiseText
from settlement_platform.settlement.batch_states import LEGAL, OUTCOMES, State
from settlement_platform.settlement.books.credits import StatementOutcome
from settlement_platform.settlement.books.steps import BatchRow
from settlement_platform.settlement.statements import LONGEST_UTR, SHORTEST_UTR

MOST_BATCHES = 200
Reason = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00]+$")]
Utr = Annotated[str, StringConstraints(pattern=f"^[A-Z0-9]{{{SHORTEST_UTR},{LONGEST_UTR}}}$")]
STEPS = ("calculated", "submitted", "approved", "sent", "credited", "failed", "cancelled")


class Body(BaseModel):
    """A body; a field of another name is refused, never ignored."""

    model_config = ConfigDict(extra="forbid")


class ReasonBody(Body):
    """Why a batch failed or is cancelled."""

    reason: Reason = Field(description="why, for people", examples=["account closed"])


class SentBody(Body):
    """What the bank said when it took the transfer."""

    utr: Utr | None = Field(default=None, description="its reference, if it gave one already")


class CreditBody(Body):
    """What the bank said of the credit."""

    utr: Utr | None = Field(
        default=None,
        description="its reference; only a batch with a net of 0 has none",
        examples=["HDFCN26030500001"],
    )
    value_date: DateText = Field(description="when it credited it", examples=["2026-03-05"])


class BatchQuery(BaseModel):
    """Which batches are asked for. A parameter of another name is refused, never ignored."""

    model_config = ConfigDict(extra="forbid")

    merchant_id: NameText | None = Field(default=None, description="Merchant. All without it.")
    cycle_date: DateText | None = Field(
        default=None, description="Business day of the payout. All without it."
    )
    state: State | None = Field(default=None, description="State. All without it.")
    after: uuid.UUID | None = Field(
        default=None, description="next_after of the page before. The first page without it."
    )
    limit: int = Field(default=50, ge=1, le=MOST_BATCHES, description="Batches at most.")


class StepAnswer(BaseModel):
    """A step that was taken."""

    step: str = Field(description=f"one of {', '.join(STEPS)}", examples=["approved"])
    at: dt.datetime = Field(description="when")
    by: str = Field(description="who")


class BatchAnswer(BaseModel):
    """One merchant's payout for one cycle date."""

    batch_id: uuid.UUID = Field(description="identity of the batch")
    merchant_id: str = Field(description="merchant that is paid")
    cycle_date: dt.date = Field(description="business day of the payout")
    state: State = Field(description="where it stands")
    possible: list[State] = Field(description="the states that it can go to")
    item_count: int = Field(description="transactions in it")
    gross_paise: PaiseText = Field(description="their amounts, in paise")
    fee_paise: PaiseText = Field(description="fees on them, in paise")
    gst_paise: PaiseText = Field(description="GST on the fees, in paise")
    reserve_held_paise: PaiseText = Field(description="held back of them, in paise")
    reserve_released_paise: PaiseText = Field(description="given back of what was held, in paise")
    adjustments_paise: PaiseText = Field(
        description="refunds, chargebacks and reversals, in paise, signed"
    )
    net_paise: PaiseText = Field(description="what the bank is to transfer, in paise")
    utr: str | None = Field(description="the bank's reference; null = not known yet")
    value_date: dt.date | None = Field(description="when the bank credited it; null = not yet")
    reason: str | None = Field(description="why it failed or was cancelled")
    steps: list[StepAnswer] = Field(description="who did what when, oldest first")

    @classmethod
    def of(cls, row: BatchRow) -> BatchAnswer:
        """The answer that says this batch."""
        taken = [
            StepAnswer(step=name, at=row[f"{name}_at"], by=row[f"{name}_by"])
            for name in STEPS
            if row[f"{name}_at"] is not None
        ]
        state = State(row["state"])
        named = {name: row[name] for name in cls.model_fields if name in row}
        named |= {"utr": row["transfer_utr"], "state": state, "steps": taken}
        named["possible"] = [OUTCOMES[action] for action in LEGAL[state]]
        return cls(**named)


class BatchPage(BaseModel):
    """A page of batches, newest cycle first."""

    batches: list[BatchAnswer] = Field(description="the batches of this page")
    next_after: uuid.UUID | None = Field(description="after for the next page; null = the last")


class UnmatchedAnswer(BaseModel):
    """A row of a statement that confirms nothing."""

    line: int = Field(description="line of the file, from 1")
    reason: str = Field(description="why")
    candidates: list[uuid.UUID] = Field(description="batches that it might be of")


class RefusedAnswer(BaseModel):
    """A value of a statement that cannot be read."""

    line: int = Field(description="line of the file, from 1")
    column: str = Field(description="its column; * = the whole line")
    reason: str = Field(description="the rule that it breaks")


class StatementAnswer(BaseModel):
    """What a bank statement came to."""

    digest: str = Field(description="SHA-256 of the file")
    credited: list[uuid.UUID] = Field(description="batches that it credited")
    known: list[uuid.UUID] = Field(description="batches that were credited before")
    unmatched: list[UnmatchedAnswer] = Field(description="rows that a person has to look at")
    refused: list[RefusedAnswer] = Field(description="values that cannot be read")

    @classmethod
    def of(cls, outcome: StatementOutcome) -> StatementAnswer:
        """The answer that says this outcome."""
        return cls(
            digest=outcome.digest,
            credited=[uuid.UUID(name) for name in outcome.credited],
            known=[uuid.UUID(name) for name in outcome.known],
            unmatched=[
                UnmatchedAnswer(
                    line=one.row.line,
                    reason=one.reason,
                    candidates=[uuid.UUID(name) for name in one.candidates],
                )
                for one in outcome.unmatched
            ],
            refused=[RefusedAnswer(**vars(one)) for one in outcome.refused],
        )
