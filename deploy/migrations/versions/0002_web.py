"""What the web keeps: keys of parties, and the answers to requests that may be sent again."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE credential (
            id text PRIMARY KEY,
            party text NOT NULL,
            role text NOT NULL,
            digest bytea NOT NULL,
            issued_at timestamptz NOT NULL,
            revoked_at timestamptz
        )
    """)
    op.execute("CREATE INDEX credential_party ON credential (party)")
    op.execute("""
        CREATE TABLE idempotency (
            party text NOT NULL,
            key text NOT NULL,
            request_digest bytea NOT NULL,
            status smallint NOT NULL,
            answer bytea NOT NULL,
            position bigint NOT NULL,
            created_at timestamptz NOT NULL,
            PRIMARY KEY (party, key)
        )
    """)
    # Answers are forgotten by age.
    op.execute("CREATE INDEX idempotency_created_at ON idempotency (created_at)")
    op.execute("""
        CREATE TABLE idempotency_running (
            party text NOT NULL,
            key text NOT NULL,
            request_digest bytea NOT NULL,
            holder text NOT NULL,
            backend integer NOT NULL,
            backend_started_at timestamptz NOT NULL,
            started_at timestamptz NOT NULL,
            PRIMARY KEY (party, key)
        )
    """)


def downgrade() -> None:
    raise NotImplementedError("The log only grows; go back by restoring a backup.")
