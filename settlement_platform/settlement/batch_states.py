"""The states of a settlement batch and the steps between them, as data. Pure."""

from __future__ import annotations

from enum import StrEnum

from settlement_platform.errors import SettlementError


class State(StrEnum):
    """Where a settlement batch stands."""

    CALCULATED = "CALCULATED"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    APPROVED = "APPROVED"
    SENT = "SENT"
    CREDITED = "CREDITED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Action(StrEnum):
    """What can be done with a settlement batch."""

    SUBMIT = "submit"
    APPROVE = "approve"
    SEND = "send"
    CREDIT = "credit"
    FAIL = "fail"
    CANCEL = "cancel"


OUTCOMES: dict[Action, State] = {
    Action.SUBMIT: State.PENDING_APPROVAL,
    Action.APPROVE: State.APPROVED,
    Action.SEND: State.SENT,
    Action.CREDIT: State.CREDITED,
    Action.FAIL: State.FAILED,
    Action.CANCEL: State.CANCELLED,
}
"""The state that each action leads to."""

LEGAL: dict[State, tuple[Action, ...]] = {
    State.CALCULATED: (Action.SUBMIT, Action.FAIL, Action.CANCEL),
    State.PENDING_APPROVAL: (Action.APPROVE, Action.FAIL, Action.CANCEL),
    State.APPROVED: (Action.SEND, Action.FAIL, Action.CANCEL),
    State.SENT: (Action.CREDIT, Action.FAIL, Action.CANCEL),
    State.CREDITED: (),
    State.FAILED: (),
    State.CANCELLED: (),
}
"""What may be done next."""

LIVE = frozenset(State) - {State.FAILED, State.CANCELLED}
"""The items of a batch in these states are settled; those of any other are unsettled again."""


class IllegalStepError(SettlementError):
    """A step that a batch cannot take from where it stands. `legal`: the states that it can."""

    def __init__(self, state: State, action: Action) -> None:
        self.legal = tuple(OUTCOMES[possible] for possible in LEGAL[state])
        possible = ", ".join(f"'{p}' to {OUTCOMES[p]}" for p in LEGAL[state])
        super().__init__(
            f"a batch that is {state} cannot take the step '{action}' to {OUTCOMES[action]}",
            f"possible: {possible}" if possible else f"{state} is final: nothing follows it",
        )


def step(state: State, action: Action) -> State:
    """The state after an action; the same state when the action was done already.

    What comes with an action, a UTR say, is compared by the caller: the same step with another UTR
    is not the same step. Raises IllegalStepError.
    """
    after = OUTCOMES[action]
    if after is not state and action not in LEGAL[state]:
        raise IllegalStepError(state, action)
    return after
