from __future__ import annotations

from collections import Counter
from random import Random

from settlement_platform.contracts.core import FINAL_FAILURES
from settlement_platform.simulator.gateways import (
    GATEWAYS,
    OWNER_PREFIXES,
    REASONS,
    SUCCESS_CODE,
    draw_verdict,
)


def _owner(code: str) -> str:
    return next((prefix for prefix in OWNER_PREFIXES if code.startswith(prefix)), "system")


def test_every_final_status_has_its_reasons() -> None:
    assert set(REASONS) == {"SUCCESS", *FINAL_FAILURES}


def test_only_success_is_answered_by_00() -> None:
    for status, reasons in REASONS.items():
        assert all((reason.code == SUCCESS_CODE) == (status == "SUCCESS") for reason in reasons)


def test_failures_belong_to_every_owner() -> None:
    assert {_owner(reason.code) for reason in REASONS["FAILED"]} == {*OWNER_PREFIXES, "system"}


def test_every_gateway_answers_and_some_expired_payments_have_no_answer() -> None:
    rng = Random(1)
    verdicts = [draw_verdict(rng, mode, "EXPIRED") for mode in ("UPI", "CARD") * 2_000]
    names = Counter(verdict.gateway for verdict in verdicts if verdict is not None)
    assert set(names) == set(GATEWAYS)
    assert 0.5 < verdicts.count(None) / len(verdicts) < 0.7
