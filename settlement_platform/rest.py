"""REST interfaces of others: each call bounded, and repeated only where that does nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import httpx
from tenacity import Retrying

from settlement_platform.errors import SettlementError
from settlement_platform.patience import asked, patient

SHOWN_CHARACTERS = 500
IDEMPOTENT = frozenset({"GET", "PUT", "DELETE"})
UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def said_by(answer: httpx.Response) -> str:
    """What an answer says, as it is."""
    return answer.text.strip()[:SHOWN_CHARACTERS]


@dataclass(frozen=True)
class System:
    """Who answers, and what its refusals mean.

    `program` names its log. `passing`: the statuses by which it says that it did nothing and may do
    it in a moment. `errors_pass`: whether what it says by 500 and above may be otherwise in a
    moment. `said_by` and `remedy`: what people are told of a refusal; by default, to read its log.
    """

    name: str
    program: str
    error: type[SettlementError]
    passing: frozenset[int] = frozenset()
    errors_pass: bool = True
    said_by: Callable[[httpx.Response], str] = said_by
    remedy: str | None = None

    def passes(self, method: str, failure: BaseException) -> bool:
        """Whether a call that failed like this may be made again: it may help, and nothing is done
        twice by it. Pure."""
        if isinstance(failure, UNSENT):
            return True
        if isinstance(failure, httpx.HTTPStatusError):
            status = failure.response.status_code
            if status in self.passing:
                return True
            return status >= 500 and self.errors_pass and method in IDEMPOTENT
        return isinstance(failure, httpx.TransportError) and method in IDEMPOTENT


class Rest:
    """One system at its address. Calls raise the system's error, with its own words.

    No call begins once `patience_seconds` have passed since the first, and each waits at most
    `timeout_seconds` for its answer. With no patience nothing is asked twice.
    """

    def __init__(
        self, system: System, url: str, timeout_seconds: float, patience_seconds: float
    ) -> None:
        self._system = system
        self._patience_seconds = patience_seconds
        # Certificates are read where there are some: reading them costs more than all questions.
        self._http = httpx.Client(
            base_url=url, timeout=timeout_seconds, verify=url.startswith("https:")
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of its connections."""
        self._http.close()

    def ask(
        self, method: str, path: str, body: object = None, none_if: tuple[int, ...] = ()
    ) -> Any:
        """The answer's JSON; None if it has none, or its status is one of `none_if`."""
        asking = patient(
            lambda failure: self._system.passes(method, failure), self._patience_seconds
        )
        try:
            return asking(self._ask_once, method, path, body, none_if)
        except httpx.HTTPStatusError as error:
            cause = f"refused {method} {path}: {self._system.said_by(error.response)}"
            raise self._error(cause, asking, self._system.remedy) from error
        except (httpx.HTTPError, ValueError) as error:
            cause = f"at {self._http.base_url} does not answer: {error!r}"
            raise self._error(cause, asking) from error

    def _ask_once(self, method: str, path: str, body: object, none_if: tuple[int, ...]) -> Any:
        answer = self._http.request(method, path, json=body)
        if answer.status_code in none_if:
            return None
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def _error(self, cause: str, asking: Retrying, remedy: str | None = None) -> SettlementError:
        read = f"see 'settlement status' and 'settlement logs {self._system.program}'"
        return self._system.error(f"{self._system.name} {cause}{asked(asking)}", remedy or read)
