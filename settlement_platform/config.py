"""The only reader of the environment. Typed, frozen; secrets have no default outside the stack.

Every address has a local default (the stack under `SETTLEMENT_HOME`) and one variable that points
it elsewhere: a real core, Kafka or Flink is reached by configuration alone.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from pathlib import Path
from urllib.parse import quote

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from settlement_platform.errors import SettlementError

LOOPBACK = "127.0.0.1"
CORE_DATABASE = "core"
V2_DATABASE = "v2"
DAGSTER_DATABASE = "dagster"

# Offsets from SETTLEMENT_PORT_BASE: one stack takes the twenty ports from its base.
PORT_OFFSETS: dict[str, int] = {
    "core-postgres": 1,
    "v2-postgres": 2,
    "kafka": 3,
    "kafka-controller": 4,
    "connect": 5,
    "flink-jobmanager": 6,
    "api": 7,
    "flink-sql-gateway": 8,
    "dagster-webserver": 9,
    "dagster-code": 10,
    "zookeeper": 11,
    "zookeeper-peer": 12,
    "zookeeper-election": 13,
    "flink-jobmanager-rpc": 14,
    "flink-jobmanager-blob": 15,
    "flink-taskmanager-rpc": 16,
    "flink-taskmanager-data": 17,
    "dagster-postgres": 18,
}


class Settings(BaseSettings):
    """Where everything is. Ports follow from `port_base`, files from `home`.

    `alarm_urls`: who is told of alarms, one URL of apprise each, by commas or white space.
    """

    model_config = SettingsConfigDict(env_prefix="SETTLEMENT_", frozen=True)

    home: Path = Path(".settlement")
    cache: Path = Path.home() / ".cache" / "settlement_platform"
    port_base: int = 5100
    core_dsn_override: str | None = None
    core_signal_dsn_override: str | None = None
    v2_dsn_override: str | None = None
    v2_api_dsn_override: str | None = None
    v2_owner_dsn_override: str | None = None
    kafka_override: str | None = None
    connect_override: str | None = None
    flink_override: str | None = None
    sql_gateway_override: str | None = None
    alarm_urls: SecretStr | None = None

    def port(self, name: str) -> int:
        """The port of a service of the local stack; names are those of PORT_OFFSETS."""
        return self.port_base + PORT_OFFSETS[name]

    @cached_property
    def state_dir(self) -> Path:
        """The absolute folder that holds all state of the local stack."""
        return self.home.absolute()

    @property
    def secrets_dir(self) -> Path:
        """One file a secret, readable by its owner alone."""
        return self.state_dir / "secrets"

    @property
    def dashboard_dir(self) -> Path:
        """The built dashboard; `settlement up` makes it."""
        return self.state_dir / "dashboard"

    def secret(self, name: str) -> str:
        """A secret that the local stack made for itself.

        Raises SettlementError when the stack has not been started under this home.
        """
        try:
            return (self.secrets_dir / name).read_text().strip()
        except FileNotFoundError:
            raise SettlementError(
                f"there is no stack under {self.state_dir} (no secret '{name}')",
                "run 'settlement up', or set SETTLEMENT_HOME to a home that has one",
            ) from None

    def _postgres(self, service: str, role: str, database: str) -> str:
        password = quote(self.secret(role), safe="")
        return f"postgresql://{role}:{password}@{LOOPBACK}:{self.port(service)}/{database}"

    @cached_property
    def core_dsn(self) -> str:
        """The core database, writable: the local one is there to be played with."""
        return self.core_dsn_override or self._postgres("core-postgres", "core_app", CORE_DATABASE)

    @cached_property
    def core_signal_dsn(self) -> str:
        """The core database as the capture role, which may write signals to the connector."""
        return self.core_signal_dsn_override or self._postgres(
            "core-postgres", "settlement_capture", CORE_DATABASE
        )

    @cached_property
    def core_admin_dsn(self) -> str:
        """The core database as its superuser; only the local stack has one."""
        return self._postgres("core-postgres", "postgres", CORE_DATABASE)

    @cached_property
    def v2_dsn(self) -> str:
        """V2, may read everything."""
        return self.v2_dsn_override or self._postgres("v2-postgres", "v2_reader", V2_DATABASE)

    @cached_property
    def v2_api_dsn(self) -> str:
        """V2 as the API writes to it: steps of settlement batches, and nothing else."""
        return self.v2_api_dsn_override or self._postgres("v2-postgres", "v2_api", V2_DATABASE)

    @cached_property
    def v2_owner_dsn(self) -> str:
        """V2 as the owner of its tables: migrations, repairs by hand."""
        return self.v2_owner_dsn_override or self._postgres("v2-postgres", "v2_owner", V2_DATABASE)

    @cached_property
    def v2_capture_dsn(self) -> str:
        """V2 as the capture role, which reads its log."""
        return self._postgres("v2-postgres", "v2_capture", V2_DATABASE)

    @cached_property
    def v2_admin_dsn(self) -> str:
        """V2's server as its superuser; only the local stack has one."""
        return self._postgres("v2-postgres", "postgres", V2_DATABASE)

    @property
    def kafka(self) -> str:
        """Bootstrap servers."""
        return self.kafka_override or f"{LOOPBACK}:{self.port('kafka')}"

    def _http(self, service: str) -> str:
        return f"http://{LOOPBACK}:{self.port(service)}"

    @property
    def connect(self) -> str:
        """Kafka Connect's REST address."""
        return self.connect_override or self._http("connect")

    @property
    def flink(self) -> str:
        """Flink's REST address."""
        return self.flink_override or self._http("flink-jobmanager")

    @property
    def sql_gateway(self) -> str:
        """The Flink SQL gateway's REST address."""
        return self.sql_gateway_override or self._http("flink-sql-gateway")

    @property
    def api(self) -> str:
        """This platform's API."""
        return self._http("api")

    @property
    def dagster(self) -> str:
        """The Dagster UI."""
        return self._http("dagster-webserver")


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process."""
    return Settings()


def sqlalchemy_url(dsn: str) -> str:
    """A DSN as SQLAlchemy wants it, with the driver (psycopg 3) named."""
    return dsn.replace("postgresql://", "postgresql+psycopg://", 1)
