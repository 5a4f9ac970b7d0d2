"""Ways in: links by mail, second factors, recovery codes."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
