"""Which master key seals the personal data of this database, by its fingerprint."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE master_key_fingerprint (
            single boolean PRIMARY KEY DEFAULT true CHECK (single),
            fingerprint text NOT NULL,
            noted_at timestamptz NOT NULL DEFAULT now()
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE master_key_fingerprint")
