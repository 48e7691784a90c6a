"""Wrong tries of looking a dossier up, so that nobody can try all last digits."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE lookup_failure (
            digest bytea NOT NULL,
            failed_at timestamptz NOT NULL
        )
    """)
    op.execute("CREATE INDEX lookup_failure_digest ON lookup_failure (digest, failed_at)")


def downgrade() -> None:
    op.execute("DROP TABLE lookup_failure")
