"""Whom a code of the town put in another's place, where an administrator had left."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("code_by_town", schema=None) as batch_op:
        batch_op.add_column(sa.Column("in_place_of", sa.String(length=36), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("code_by_town", schema=None) as batch_op:
        batch_op.drop_column("in_place_of")
