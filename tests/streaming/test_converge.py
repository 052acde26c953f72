"""What is done about a job follows from what is wanted and what is there."""

from __future__ import annotations

import pytest

from settlement_platform.errors import StreamingError
from settlement_platform.storage.deployments import Deployment
from settlement_platform.streaming.converge import Keep, Resume, Start, Upgrade, decide
from settlement_platform.streaming.flink_client import Job

RUNNING = Job("id-1", "a_job", "RUNNING", 0.0)
LAST = Deployment("a_job", "v1", "id-1", None)


def test_a_job_that_never_ran_starts() -> None:
    assert decide("a_job", "v1", [], None, None) == Start()


def test_a_running_job_of_the_wanted_version_is_kept() -> None:
    assert decide("a_job", "v1", [RUNNING], LAST, "file:///chk-1") == Keep("id-1")


@pytest.mark.parametrize("state", ["RESTARTING", "INITIALIZING", "CREATED", "FAILING"])
def test_a_job_on_its_way_back_is_not_started_a_second_time(state: str) -> None:
    job = Job("id-1", "a_job", state, 0.0)
    assert decide("a_job", "v1", [job], LAST, "file:///chk-1") == Keep("id-1")


def test_a_running_job_of_another_version_is_upgraded() -> None:
    assert decide("a_job", "v2", [RUNNING], LAST, None) == Upgrade("id-1")


def test_a_running_job_that_was_never_written_down_is_upgraded() -> None:
    assert decide("a_job", "v1", [RUNNING], None, None) == Upgrade("id-1")


@pytest.mark.parametrize("state", ["CANCELED", "FAILED", "FINISHED"])
def test_an_ended_job_resumes_from_its_newest_state(state: str) -> None:
    jobs = [Job("id-1", "a_job", state, 0.0), Job("id-2", "another", "RUNNING", 0.0)]
    assert decide("a_job", "v1", jobs, LAST, "file:///chk-9") == Resume("file:///chk-9")


def test_a_job_whose_state_is_gone_is_never_started_from_nothing() -> None:
    last = Deployment("a_job", "v1", "id-1", "file:///savepoint-1")
    with pytest.raises(StreamingError, match="is gone"):
        decide("a_job", "v1", [], last, None)


def test_two_copies_of_a_job_are_refused() -> None:
    with pytest.raises(StreamingError, match="id-1, id-2"):
        decide("a_job", "v1", [RUNNING, Job("id-2", "a_job", "RESTARTING", 0.0)], LAST, None)
