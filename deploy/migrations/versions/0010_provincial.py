"""How far the provincial portal has been told, and what it would not take."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("CREATE TABLE provincial_position (position bigint NOT NULL)")
    op.execute("INSERT INTO provincial_position VALUES (0)")
    op.execute("""
        CREATE TABLE provincial_put_aside (
            dossier text,
            position bigint,
            service text,
            part integer,
            code text NOT NULL,
            put_aside_at timestamptz NOT NULL DEFAULT now(),
            retry boolean NOT NULL DEFAULT false,
            PRIMARY KEY (dossier, position, service, part)
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE provincial_put_aside")
    op.execute("DROP TABLE provincial_position")
