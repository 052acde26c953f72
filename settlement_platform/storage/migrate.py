"""Brings V2's schema to the contract, with Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from settlement_platform.config import sqlalchemy_url


def alembic_config(v2_owner_dsn: str) -> Config:
    """Alembic's configuration without a file: the migrations beside this module."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("sqlalchemy.url", sqlalchemy_url(v2_owner_dsn).replace("%", "%%"))
    return config


def upgrade(v2_owner_dsn: str) -> None:
    """Run every migration that V2 has not had yet."""
    command.upgrade(alembic_config(v2_owner_dsn), "head")
