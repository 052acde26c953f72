"""The API in this process, over a real V2 that a test fills row by row."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
)
from typing import Any

import httpx
import pytest
import uvicorn
from sqlalchemy import Engine, func, make_url, text
from sqlalchemy.dialects.postgresql import insert

from settlement_platform.api.app import create_app
from settlement_platform.config import sqlalchemy_url
from settlement_platform.contracts.tiles import ALL_MERCHANTS, DERIVED_TABLES, TileCell
from settlement_platform.contracts.v2 import SOURCE_STREAM, AsOf, Canary
from settlement_platform.storage.engine import engine

ADDRESS = "http://api"
Client = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
Served = Callable[..., AbstractContextManager[tuple[str, uvicorn.Server]]]


class V2Rows:
    """Writes rows into V2 as the stream would have left them."""

    def __init__(self, owner: Engine) -> None:
        self._owner = owner

    def execute(self, statement: Any) -> None:
        """One statement, committed."""
        with self._owner.begin() as connection:
            connection.execute(statement)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody can read as_of meanwhile."""
        with self._owner.begin() as connection:
            connection.execute(text(f"LOCK TABLE {AsOf.__tablename__}"))
            yield

    def waiting_count(self) -> int:
        """Statements that wait for such a lock."""
        waiting = text(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = CAST(:name AS regclass)"
        )
        with self._owner.connect() as connection:
            return int(connection.execute(waiting, {"name": AsOf.__tablename__}).scalar_one())

    def empty(self) -> None:
        """No row in what the API reads."""
        tables = (*DERIVED_TABLES, AsOf, Canary)
        self.execute(text(f"TRUNCATE {', '.join(table.__tablename__ for table in tables)}"))

    def cells(self, **columns: Any) -> None:
        """A merchant's cell, and as much for all merchants; what is not said is 0, or ordinary."""
        row: dict[str, Any] = {
            "transaction_date": dt.date(2026, 1, 1),
            "merchant_id": "M001",
            "payment_method": "UPI",
            "source_type": SOURCE_STREAM,
            "gateway": "",
            "expected_settlement_date": text("'infinity'"),
        }
        measures = [one.name for one in TileCell.__table__.columns if not one.nullable]
        row = dict.fromkeys((name for name in measures if name not in row), 0) | row | columns
        if "captured_count" in columns:
            row |= {f"reconciled_{what}": row[f"captured_{what}"] for what in ("count", "paise")}
        for merchant in (row["merchant_id"], ALL_MERCHANTS):
            statement = insert(TileCell).inline().values(row | {"merchant_id": merchant})
            added = {
                name: getattr(TileCell, name) + statement.excluded[name]
                for name in measures
                if name.endswith(("_count", "_paise"))
            }
            constraint = "sp_v2_tile_cells_pkey"
            self.execute(statement.on_conflict_do_update(constraint=constraint, set_=added))

    def as_of(self, age_seconds: float) -> None:
        """The as_of of so many seconds ago by V2's clock."""
        ago = func.clock_timestamp() - dt.timedelta(seconds=age_seconds)
        self.execute(insert(AsOf).values(as_of_id=1, as_of=ago, published_at=ago))

    def canary(self, age_seconds: float) -> None:
        """The canary of so many seconds ago by V2's clock."""
        ago = func.clock_timestamp() - dt.timedelta(seconds=age_seconds)
        hops = dict.fromkeys(("core_at", "connect_at", "kafka_at", "flink_at"), ago)
        self.execute(insert(Canary).values(canary_id=1, source_lsn=1, **hops))


class Gate:
    """A way to V2's port that can be shut, as if V2 were down, or held, as if it hung."""

    def __init__(self, dsn: str) -> None:
        self._url = make_url(sqlalchemy_url(dsn))
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._port = 0

    async def open(self) -> None:
        """Let connections through, on the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """Break every connection and take no new one."""
        assert self._server is not None
        self._server.close()
        self._flows.set()
        for writer in self._writers:
            writer.transport.abort()
        await self._server.wait_closed()

    def hold(self) -> None:
        """Take everything and pass nothing on."""
        self._flows.clear()

    def release(self) -> None:
        """Pass on what was held."""
        self._flows.set()

    @property
    def dsn(self) -> str:
        """V2's DSN through this gate."""
        url = self._url.set(drivername="postgresql", host="127.0.0.1", port=self._port)
        return url.render_as_string(hide_password=False)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back = await asyncio.open_connection(self._url.host, self._url.port)
        self._writers |= {writer, back[1]}
        await asyncio.gather(self._pump(reader, back[1]), self._pump(back[0], writer))
        self._writers -= {writer, back[1]}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while sent := await reader.read(65_536):
                await self._flows.wait()
                writer.write(sent)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


@pytest.fixture
def anyio_backend() -> str:
    """The event loop that uvicorn runs the API in."""
    return "asyncio"


@pytest.fixture
def v2(v2_owner_dsn: str) -> Iterator[V2Rows]:
    """V2 without a row in what the API reads."""
    owner = engine(v2_owner_dsn)
    rows = V2Rows(owner)
    rows.empty()
    yield rows
    owner.dispose()


@asynccontextmanager
async def serve(dsn: str, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an API that reads this V2."""
    app = create_app(dsn, **options)
    async with app.router.lifespan_context(app):
        # As a server does it: an exception is for its log, the client gets the 500.
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
            yield client


@contextmanager
def serve_on_a_port(dsn: str, **options: Any) -> Iterator[tuple[str, uvicorn.Server]]:
    """The API on a free port of loopback, until the end or until it is told to exit."""
    config = uvicorn.Config(
        create_app(dsn, **options),
        port=0,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    begun = threading.Event()
    startup = server.startup

    async def told(sockets: Any = None) -> None:
        await startup(sockets)
        begun.set()

    server.startup = told  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run)
    thread.start()
    assert begun.wait(30)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/", server
    finally:
        server.should_exit = True
        thread.join(30)


@pytest.fixture
def served() -> Served:
    """Opens the API as a server, for who needs a stream or a browser."""
    return serve_on_a_port


@pytest.fixture
def client_of() -> Client:
    """Opens a client of an API over a DSN that the test chooses."""
    return serve


@pytest.fixture
async def client(v2: V2Rows, v2_owner_dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an API over the emptied V2."""
    async with serve(v2_owner_dsn) as opened:
        yield opened


@pytest.fixture
async def gate(v2_owner_dsn: str) -> AsyncIterator[Gate]:
    """An open gate before V2."""
    made = Gate(v2_owner_dsn)
    await made.open()
    yield made
    await made.shut()
