"""By which shape of its tables and on what basis each view was made; unknown for those from before."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    for name in ("shape", "basis"):
        op.add_column("view_position", sa.Column(name, sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("view_position", "basis")
    op.drop_column("view_position", "shape")
