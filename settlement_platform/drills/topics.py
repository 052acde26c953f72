"""Records of a topic deleted before a job had read them."""

from __future__ import annotations

from confluent_kafka import TopicPartition
from confluent_kafka.admin import OffsetSpec

from settlement_platform.contracts.core import TransactionToSettle
from settlement_platform.contracts.topics import captured_topic
from settlement_platform.drills.scene import Scene
from settlement_platform.kafka import ANSWER_SECONDS, Questions
from settlement_platform.streaming.flink_client import FlinkClient

JOB = "transaction_enrichment"
TOPIC = TopicPartition(captured_topic(TransactionToSettle), 0)
PAYMENTS = 5


def _end(scene: Scene) -> int:
    latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
    with Questions(scene.settings.kafka) as kafka:
        [asked] = kafka.asked(kafka.client.list_offsets({TOPIC: latest}).values())
        return int(asked.result(ANSWER_SECONDS).offset)


def _forget(scene: Scene, before: int) -> None:
    with Questions(scene.settings.kafka) as kafka:
        wanted = [TopicPartition(TOPIC.topic, TOPIC.partition, before)]
        [asked] = kafka.asked(kafka.client.delete_records(wanted).values())
        asked.result(ANSWER_SECONDS)


def _cancel(scene: Scene) -> None:
    with FlinkClient(scene.settings.flink) as flink:
        for job in flink.jobs():
            if job.name == JOB and job.alive:
                flink.cancel(job.job_id)
        scene.until(
            lambda: not any(job.name == JOB and job.alive for job in flink.jobs()),
            f"{JOB} goes on though it was cancelled",
        )
    scene.did(f"cancelled the job {JOB}")


def records_expired(scene: Scene) -> None:
    """A topic forgets records while the job that should read them is cancelled."""
    with scene.nobody_heals():
        _cancel(scene)
        before = _end(scene)
        scene.pay(PAYMENTS)
        scene.until(lambda: _end(scene) >= before + PAYMENTS, "payments are not on the topic")
        _forget(scene, _end(scene))
        scene.broke(f"deleted the records of {TOPIC.topic} that {JOB} had not read")
        scene.until_red(f"{JOB}_finds_its_records", "deleted before the job had read them")
        scene.settlement_up()
    scene.settlement_replay()
