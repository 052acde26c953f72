"""The tables that the live chain fills, their guards, and who may touch them."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    for part in ("tables", "guards", "grants"):
        # exec_driver_sql: the text holds no parameters, whatever its colons look like.
        op.get_bind().exec_driver_sql((SQL / f"0001_{part}.sql").read_text())
