"""Named checks of the machine, the home and the running stack, each with its cause and remedy."""

from __future__ import annotations

import time
from dataclasses import dataclass

from settlement_platform.config import Settings
from settlement_platform.monitoring.bounded import Reading, Unread
from settlement_platform.monitoring.checks import Check, fails, holds, read_logs_of
from settlement_platform.monitoring.flow import FlowReading, flow_checks, read_flow
from settlement_platform.stack.doctor_machine import MachineReading, machine_checks
from settlement_platform.stack.doctor_machine_reading import read_machine
from settlement_platform.stack.programs import TRAFFIC
from settlement_platform.stack.status import status
from settlement_platform.stack.status_parts import ServiceStatus
from settlement_platform.stack.supervision import Supervisor
from settlement_platform.streaming.jobs import job_specs

ANSWER_SECONDS = 10.0


@dataclass(frozen=True)
class StackReading(FlowReading):
    """The running stack: the flow, and the programs that it is made of."""

    services: list[ServiceStatus] | Unread


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
        *flow_checks(stack, wanted_jobs),
    ]


def checks(machine: MachineReading, stack: StackReading | None, jobs: list[str]) -> list[Check]:
    """The doctor's whole decision. Pure."""
    return [*machine_checks(machine), *stack_checks(stack, jobs)]


def read_stack(settings: Settings) -> StackReading:
    """Every part at once, each within its bound."""
    deadline = time.monotonic() + ANSWER_SECONDS
    services = Reading(lambda: status(settings).services)
    flow = read_flow(settings)
    return StackReading(**vars(flow), services=services.by(deadline))


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
