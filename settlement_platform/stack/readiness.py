"""Whether a program does its work: asked the way that its users would ask."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import psycopg
from confluent_kafka import KafkaException
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from settlement_platform.config import LOOPBACK, Settings
from settlement_platform.errors import SettlementError, StackError
from settlement_platform.kafka import Questions

PROBE_TIMEOUT_SECONDS = 3
PAUSE_SECONDS = 0.2
NOT_YET = (OSError, httpx.HTTPError, psycopg.Error, KafkaException, SettlementError)


def _postgres_answers(settings: Settings, name: str) -> None:
    psycopg.connect(
        host=LOOPBACK,
        port=settings.port(name),
        user="postgres",
        password=settings.secret("postgres"),
        dbname="postgres",
        connect_timeout=PROBE_TIMEOUT_SECONDS,
    ).close()


def _http_answers(url: str) -> None:
    httpx.get(url, timeout=PROBE_TIMEOUT_SECONDS).raise_for_status()


def _taskmanager_offers_slots(settings: Settings) -> None:
    overview = httpx.get(f"{settings.flink}/overview", timeout=PROBE_TIMEOUT_SECONDS).json()
    if overview["taskmanagers"] < 1:
        raise ConnectionError("no TaskManager has registered")


def _kafka_answers(settings: Settings) -> None:
    Questions(settings.kafka).client.list_topics(timeout=PROBE_TIMEOUT_SECONDS)


def probe(settings: Settings, name: str) -> None:
    """Ask one program whether it works. Raises what went wrong; returns when it does."""
    probes: dict[str, Callable[[], object]] = {
        "core-postgres": lambda: _postgres_answers(settings, name),
        "v2-postgres": lambda: _postgres_answers(settings, name),
        "dagster-postgres": lambda: _postgres_answers(settings, name),
        "kafka": lambda: _kafka_answers(settings),
        "connect": lambda: _http_answers(f"{settings.connect}/connectors"),
        "flink-jobmanager": lambda: _http_answers(f"{settings.flink}/overview"),
        "flink-taskmanager": lambda: _taskmanager_offers_slots(settings),
        "flink-sql-gateway": lambda: _http_answers(f"{settings.sql_gateway}/v3/info"),
        "api": lambda: _http_answers(f"{settings.api}/healthz"),
        "dagster-webserver": lambda: _http_answers(f"{settings.dagster}/server_info"),
    }
    if name in probes:
        probes[name]()


def await_ready(settings: Settings, name: str, seconds: float) -> None:
    """Wait until a program works. Raises StackError with what it last said."""
    looking = Retrying(
        retry=retry_if_exception_type(NOT_YET),
        stop=stop_after_delay(seconds),
        wait=wait_fixed(PAUSE_SECONDS),
        reraise=True,
    )
    try:
        looking(probe, settings, name)
    except NOT_YET as error:
        raise StackError(
            f"{name} does not answer after {seconds:.0f} s: {error}",
            f"read 'settlement logs {name}'",
        ) from error
