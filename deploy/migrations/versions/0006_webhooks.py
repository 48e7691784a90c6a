"""What carriers send: their secrets, the inbox, and what could not be applied."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE webhook_secret (
            id text PRIMARY KEY,
            carrier text NOT NULL,
            operator text NOT NULL,
            digest bytea NOT NULL,
            created_at timestamptz NOT NULL,
            retired_at timestamptz
        )
    """)
    op.execute("CREATE INDEX webhook_secret_carrier ON webhook_secret (carrier, operator)")
    op.execute("""
        CREATE TABLE receipt (
            position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            carrier text NOT NULL,
            operators text[] NOT NULL,
            secret_id text NOT NULL,
            authentication text NOT NULL,
            received_at timestamptz NOT NULL,
            method text NOT NULL,
            query text NOT NULL,
            headers jsonb NOT NULL,
            body bytea NOT NULL,
            digest bytea NOT NULL UNIQUE
        )
    """)
    op.execute("""
        CREATE TABLE quarantine (
            receipt bigint,
            item integer,
            carrier text NOT NULL,
            reason text NOT NULL,
            detail text NOT NULL,
            received_at timestamptz NOT NULL,
            quarantined_at timestamptz NOT NULL,
            resolved_at timestamptz,
            PRIMARY KEY (receipt, item)
        )
    """)
    op.execute("""
        CREATE INDEX quarantine_open ON quarantine (receipt, item) WHERE resolved_at IS NULL
    """)


def downgrade() -> None:
    op.execute("DROP TABLE quarantine")
    op.execute("DROP TABLE receipt")
    op.execute("DROP TABLE webhook_secret")
