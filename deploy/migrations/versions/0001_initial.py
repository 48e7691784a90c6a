"""The schemas of the views: the live ones, and those being rebuilt beside them."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA views")
    op.execute("CREATE SCHEMA rebuild")


def downgrade() -> None:
    raise NotImplementedError("The log only grows; go back by restoring a backup.")
