"""The id of the click that caused it, beside what leaves, what came and what was answered."""

from shared.database.migrations import add_trace, drop_trace

revision = "0030"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_trace()


def downgrade() -> None:
    drop_trace()
