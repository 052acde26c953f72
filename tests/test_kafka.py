"""A client of Kafka lives for as long as it is owed an answer."""

from __future__ import annotations

import gc
import weakref
from concurrent.futures import Future
from typing import Any

import pytest

from settlement_platform import kafka
from settlement_platform.kafka import Questions

NOBODY = "127.0.0.1:9"


def test_a_client_outlives_its_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "ANSWER_SECONDS", 0.0)
    answer: Future[Any] = Future()
    with Questions(NOBODY) as questions:
        questions.asked([answer])
    alive = weakref.ref(questions)
    del questions
    gc.collect()
    assert alive() is not None
    answer.set_result(None)
    with Questions(NOBODY):
        pass
    gc.collect()
    assert alive() is None
