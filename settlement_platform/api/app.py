"""The API: `uvicorn --factory settlement_platform.api.app:create_app`. It binds nothing itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from settlement_platform.api import (
    anomalies,
    batches,
    behind,
    health,
    merchants,
    pages,
    stream,
    tiles,
    transactions,
)
from settlement_platform.api.batch_problems import add_batch_problem_handlers
from settlement_platform.api.live import Live
from settlement_platform.api.operations import Operations
from settlement_platform.api.problem_docs import with_problem_media_type
from settlement_platform.api.problems import add_problem_handlers
from settlement_platform.api.reading import READ_TIMEOUT_SECONDS, V2Reader
from settlement_platform.config import settings
from settlement_platform.storage.engine import async_engine

DESCRIPTION = (
    "Settlement analytics from V2. Money is paise, in strings of digits; rates are integer basis "
    "points; instants are UTC; dates are business dates in Asia/Kolkata. Errors are RFC 9457 "
    "problem documents."
)


class Api(FastAPI):
    """FastAPI whose OpenAPI file says what its errors are sent as."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = with_problem_media_type(super().openapi())
        return self.openapi_schema


def create_app(
    v2_dsn: str | None = None,
    read_timeout_seconds: float = READ_TIMEOUT_SECONDS,
    v2_api_dsn: str | None = None,
    dashboard_dir: Path | None = None,
) -> FastAPI:
    """The app. Without a DSN it is over the V2 of this process's settings, once it starts.

    It reads analytics by `v2_dsn`, operates settlement by `v2_api_dsn`, and serves the dashboard
    that is built in `dashboard_dir`.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # Connects on the first request: the API starts, and says why it is not ready, without V2.
        v2 = V2Reader(async_engine(v2_dsn or settings().v2_dsn), read_timeout_seconds)
        app.state.v2 = v2
        try:
            yield
        finally:
            await app.state.live.close()
            await v2.close()

    app = Api(
        title="Settlement analytics",
        description=DESCRIPTION,
        version=version("settlement-platform"),
        lifespan=lifespan,
    )
    app.state.operations = Operations(lambda: v2_api_dsn or settings().v2_api_dsn)
    app.state.live = Live()
    app.state.dashboard_dir = dashboard_dir or settings().dashboard_dir
    add_problem_handlers(app)
    add_batch_problem_handlers(app)
    app.include_router(health.router)
    app.include_router(tiles.router)
    app.include_router(stream.router)
    app.include_router(behind.router)
    app.include_router(transactions.router)
    app.include_router(merchants.router)
    app.include_router(anomalies.router)
    app.include_router(batches.router)
    app.include_router(pages.router)
    return app
