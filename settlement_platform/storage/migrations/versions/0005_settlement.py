"""Settlement: calendar, terms, batches, reserve, adjustments, transfers, events, audit."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    for name in ("0005_settlement", "0005_rules"):
        op.execute((SQL / f"{name}.sql").read_text())
