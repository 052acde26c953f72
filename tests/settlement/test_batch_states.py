"""The steps of a settlement batch: every pair of a state and an action."""

from __future__ import annotations

import pytest

from settlement_platform.settlement.batch_states import (
    LEGAL,
    LIVE,
    OUTCOMES,
    Action,
    IllegalStepError,
    State,
    step,
)

ROAD = (State.CALCULATED, State.PENDING_APPROVAL, State.APPROVED, State.SENT, State.CREDITED)
PAIRS = [(state, action) for state in State for action in Action]


def may(state: State, action: Action) -> bool:
    """What the definition says: one step along the road, or off it before its end."""
    if state is OUTCOMES[action]:
        return True
    if state not in ROAD[:-1]:
        return False
    off = OUTCOMES[action] in (State.FAILED, State.CANCELLED)
    return off or OUTCOMES[action] is ROAD[ROAD.index(state) + 1]


@pytest.mark.parametrize(("state", "action"), PAIRS)
def test_a_step_is_legal_as_defined_and_otherwise_refused_with_the_states_that_are(
    state: State, action: Action
) -> None:
    if may(state, action):
        assert step(state, action) is OUTCOMES[action]
        return
    with pytest.raises(IllegalStepError) as refused:
        step(state, action)
    assert set(refused.value.legal) == {
        OUTCOMES[other] for other in Action if may(state, other) and OUTCOMES[other] is not state
    }
    assert all(legal in str(refused.value) for legal in refused.value.legal)


@pytest.mark.parametrize("state", ROAD[1:])
def test_a_step_that_was_taken_already_changes_nothing(state: State) -> None:
    (action,) = (action for action, outcome in OUTCOMES.items() if outcome is state)
    assert step(state, action) is state


def test_what_failed_or_was_cancelled_is_not_live_and_stays_so() -> None:
    assert {State.FAILED, State.CANCELLED} == set(State) - LIVE
    assert {state for state, actions in LEGAL.items() if not actions} == {
        State.CREDITED,
        State.FAILED,
        State.CANCELLED,
    }


def test_a_final_state_says_that_it_is_final() -> None:
    with pytest.raises(IllegalStepError, match="CANCELLED is final"):
        step(State.CANCELLED, Action.APPROVE)
