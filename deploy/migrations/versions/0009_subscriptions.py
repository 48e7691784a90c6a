"""Notices out: who wants them, those that wait, and every attempt to deliver one."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE subscription (
            id text PRIMARY KEY,
            party text NOT NULL,
            sees_everything boolean NOT NULL,
            events text[] NOT NULL,
            sealed bytea NOT NULL,
            secret bytea NOT NULL,
            former_secret bytea,
            former_until timestamptz,
            state text NOT NULL,
            position bigint NOT NULL,
            generation integer NOT NULL,
            failures integer NOT NULL,
            quiet_until timestamptz,
            created_at timestamptz NOT NULL,
            deleted_at timestamptz
        )
    """)
    op.execute("CREATE INDEX subscription_party ON subscription (party) WHERE deleted_at IS NULL")
    op.execute("""
        CREATE TABLE notice (
            subscription text,
            position bigint,
            generation integer NOT NULL,
            lanes text[] NOT NULL,
            attempts integer NOT NULL,
            due_at timestamptz NOT NULL,
            PRIMARY KEY (subscription, position)
        )
    """)
    op.execute("""
        CREATE TABLE notice_attempt (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            subscription text NOT NULL,
            position bigint NOT NULL,
            number integer NOT NULL,
            sent_at timestamptz NOT NULL,
            duration_ms double precision NOT NULL,
            outcome text NOT NULL,
            status integer,
            failure text,
            next_at timestamptz
        )
    """)
    op.execute("CREATE INDEX notice_attempt_of ON notice_attempt (subscription, id)")
    op.execute("""
        CREATE INDEX notice_attempt_given_up ON notice_attempt (subscription)
        WHERE outcome = 'given-up'
    """)
    op.execute("CREATE INDEX notice_attempt_sent ON notice_attempt USING brin (sent_at)")


def downgrade() -> None:
    op.execute("DROP TABLE notice_attempt")
    op.execute("DROP TABLE notice")
    op.execute("DROP TABLE subscription")
