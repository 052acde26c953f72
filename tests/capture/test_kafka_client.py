"""Kafka's client, against a real Kafka."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from settlement_platform.capture.kafka_client import KafkaClient
from settlement_platform.config import Settings
from settlement_platform.contracts.core import SettlementCanary
from settlement_platform.contracts.topics import captured_topic, topic_specs
from settlement_platform.errors import CaptureError
from settlement_platform.streaming.jobs import job_specs

NOBODY = "127.0.0.1:9"
CANARY = captured_topic(SettlementCanary)


@pytest.mark.e2e
def test_topics_offsets_groups_and_lag_fit_each_other(
    stack_settings: Settings, wait_for: Callable[..., None]
) -> None:
    [group] = [
        group
        for spec in job_specs().values()
        for group, topics in spec.consumer_groups.items()
        if CANARY in topics and spec.name == "transaction_enrichment"
    ][:1]
    with KafkaClient(stack_settings.kafka) as kafka:
        assert kafka.topics().keys() >= {spec.name for spec in topic_specs()}
        [(name, topic)] = kafka.topics({CANARY, "nothing"}).items()
        assert (name, topic.partitions, topic.config["retention.ms"]) == (CANARY, 1, "86400000")
        wait_for(lambda: group in kafka.groups(), f"{group} is not there")
        wait_for(lambda: (CANARY, 0) in kafka.positions(group), f"{group} has committed nothing")
        [(at, offsets)] = kafka.offsets({CANARY, "nothing"}).items()
        assert at == (CANARY, 0)
        assert 0 <= offsets.first < offsets.stable <= offsets.end
        assert kafka.lag(group).keys() == kafka.positions(group).keys()
        assert 0 <= kafka.lag(group)[at] < offsets.end
        assert kafka.positions("nobody") == kafka.lag("nobody") == {}


def test_a_kafka_that_is_away_says_what_to_do() -> None:
    with KafkaClient(NOBODY) as kafka, pytest.raises(CaptureError) as told:
        kafka.groups()
    assert told.value.cause.startswith(f"Kafka at {NOBODY} refused, or does not answer")
    assert "settlement logs kafka" in told.value.remedy
