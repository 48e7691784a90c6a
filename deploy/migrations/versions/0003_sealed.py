"""Personal data beside the log: sealed values, and the streams that they were said of."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE sealed (
            ref text PRIMARY KEY,
            subject text NOT NULL,
            kind text NOT NULL,
            ciphertext bytea NOT NULL,
            sealed_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    # Erasure goes by what the values are about.
    op.execute("CREATE INDEX sealed_subject ON sealed (subject)")


def downgrade() -> None:
    raise NotImplementedError("What is sealed has no other place; go back by restoring a backup.")
