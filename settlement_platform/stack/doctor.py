"""Named checks of the machine, the home and the running stack, each with its cause and remedy."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass

from settlement_platform.config import Settings
from settlement_platform.stack.bounded import Reading, Unread
from settlement_platform.stack.checks import Check, fails, holds, read_logs_of
from settlement_platform.stack.doctor_core import CoreReading, core_checks, read_core
from settlement_platform.stack.doctor_flow import (
    TopicReading,
    V2Reading,
    connector_checks,
    job_checks,
    read_topics,
    read_v2,
    topic_checks,
    v2_checks,
)
from settlement_platform.stack.doctor_machine import MachineReading, machine_checks
from settlement_platform.stack.doctor_machine_reading import read_machine
from settlement_platform.stack.programs import TRAFFIC
from settlement_platform.stack.status import connector_state, read_jobs, status
from settlement_platform.stack.status_parts import JobStatus, ServiceStatus, jobs
from settlement_platform.stack.supervision import Supervisor
from settlement_platform.streaming.jobs import job_specs

ANSWER_SECONDS = 10.0


@dataclass(frozen=True)
class StackReading:
    """The running stack, part by part."""

    services: list[ServiceStatus] | Unread
    core: CoreReading | Unread
    connector: str | Unread
    topics: dict[str, TopicReading] | Unread
    jobs: list[JobStatus] | Unread
    v2: V2Reading | Unread


def service_checks(services: list[ServiceStatus] | Unread) -> list[Check]:
    """Each program of the stack runs. Traffic is nobody's duty."""
    if isinstance(services, Unread):
        return [fails("supervisord_answers", services.cause, read_logs_of("supervisord"))]
    found = []
    for service in services:
        name = f"{service.name.replace('-', '_')}_runs"
        if service.name == TRAFFIC:
            continue
        if service.state != "running":
            cause = f"{service.name} is {service.state}, after {service.restarts} restarts"
            remedy = f"run 'settlement up', then {read_logs_of(service.name)}"
            found.append(fails(name, cause, remedy))
        else:
            found.append(holds(name, f"pid {service.pid}, {service.restarts} restarts"))
    return found


def stack_checks(stack: StackReading | None, wanted_jobs: list[str]) -> list[Check]:
    """Every check of a running stack; one that is down is one failure. Pure."""
    if stack is None:
        return [fails("stack_is_up", "the stack is down", "run 'settlement up'")]
    return [
        holds("stack_is_up", "supervisord answers"),
        *service_checks(stack.services),
        *core_checks(stack.core),
        *connector_checks(stack.connector),
        *topic_checks(stack.topics),
        *job_checks(wanted_jobs, stack.jobs),
        *v2_checks(stack.v2),
    ]


def checks(machine: MachineReading, stack: StackReading | None, jobs: list[str]) -> list[Check]:
    """The doctor's whole decision. Pure."""
    return [*machine_checks(machine), *stack_checks(stack, jobs)]


def read_stack(settings: Settings) -> StackReading:
    """Every part at once, each within its bound."""
    deadline = time.monotonic() + ANSWER_SECONDS
    services = Reading(lambda: status(settings).services)
    core = Reading(lambda: read_core(settings))
    connector = Reading(lambda: connector_state(settings))
    topics = Reading(lambda: read_topics(settings))
    found_jobs = Reading(lambda: read_jobs(settings))
    v2 = Reading(lambda: read_v2(settings))
    seen = found_jobs.by(deadline)
    now = dt.datetime.now(dt.UTC)
    return StackReading(
        services.by(deadline),
        core.by(deadline),
        connector.by(deadline),
        topics.by(deadline),
        seen if isinstance(seen, Unread) else jobs(list(job_specs()), seen, now),
        v2.by(deadline),
    )


def doctor(settings: Settings) -> list[Check]:
    """Look at everything. Raises SettlementError only where flink_sql/ itself cannot be read."""
    is_up = Supervisor(settings).running()
    machine = Reading(lambda: read_machine(settings, is_up))
    stack = read_stack(settings) if is_up else None
    found = machine.by(time.monotonic() + ANSWER_SECONDS * 3)
    if isinstance(found, Unread):
        broken = fails("machine_can_be_looked_at", found.cause, "try again")
        return [broken, *stack_checks(stack, list(job_specs()))]
    return checks(found, stack, list(job_specs()))
