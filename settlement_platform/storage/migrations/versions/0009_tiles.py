"""What the nine tiles are read from."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute((SQL / "0009_tile_changes.sql").read_text())
    op.execute((SQL / "0009_tiles.sql").read_text())
