"""Records of a topic deleted before a job had read them."""

from __future__ import annotations

from confluent_kafka import TopicPartition

from settlement_platform.capture.kafka_client import KafkaClient
from settlement_platform.contracts.core import TransactionToSettle
from settlement_platform.contracts.topics import captured_topic
from settlement_platform.drills.scene import Scene
from settlement_platform.kafka import ANSWER_SECONDS, Questions
from settlement_platform.streaming.flink_client import FlinkClient

JOB = "transaction_enrichment"
TOPIC = TopicPartition(captured_topic(TransactionToSettle), 0)
PAYMENTS = 5


def _end(scene: Scene) -> int:
    with KafkaClient(scene.settings.kafka) as kafka:
        return kafka.offsets({TOPIC.topic})[TOPIC.topic, TOPIC.partition].end


def _forget(scene: Scene, before: int) -> None:
    with Questions(scene.settings.kafka) as kafka:
        wanted = [TopicPartition(TOPIC.topic, TOPIC.partition, before)]
        [asked] = kafka.asked(kafka.client.delete_records(wanted).values())
        asked.result(ANSWER_SECONDS)


def _cancel(scene: Scene) -> None:
    with FlinkClient(scene.settings.flink) as flink:
        for job in flink.alive(JOB):
            flink.cancel(job.job_id)
        scene.until(lambda: not flink.alive(JOB), f"{JOB} goes on though it was cancelled")
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
