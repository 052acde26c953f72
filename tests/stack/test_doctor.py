"""The doctor's verdicts on the programs of a stack, and on one that is down."""

from __future__ import annotations

from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.flow import SYSTEMS
from settlement_platform.stack.doctor import StackReading, service_checks, stack_checks
from settlement_platform.stack.status_parts import ServiceStatus

AWAY = Unread("refused")


def test_a_stack_that_is_down_is_one_failure() -> None:
    [found] = stack_checks(None, ["cube"])
    assert (found.name, found.cause) == ("stack_is_up", "the stack is down")


def test_programs_are_looked_at_before_what_flows_through_them() -> None:
    services = [ServiceStatus("kafka", "running", 1, 2, 3, 0)]
    stack = StackReading(*[AWAY] * len(SYSTEMS), services)
    names = [check.name for check in stack_checks(stack, ["cube"])]
    assert names[:3] == ["stack_is_up", "kafka_runs", "core_answers"]


def test_a_program_that_does_not_run_is_named() -> None:
    [found] = service_checks([ServiceStatus("kafka", "backoff", None, 2, 0, 7)])
    assert (found.name, found.cause) == ("kafka_runs", "kafka is backoff, after 7 restarts")
    assert "settlement logs kafka" in str(found.remedy)
    [found] = service_checks(Unread("hangs"))
    assert (found.name, found.cause) == ("supervisord_answers", "hangs")


def test_traffic_that_does_not_run_is_nobodys_fault() -> None:
    assert service_checks([ServiceStatus("traffic", "stopped", None, None, 0, 0)]) == []
