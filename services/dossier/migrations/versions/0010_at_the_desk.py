"""The paper behind a protection and a placement, and who recorded a placement."""

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("protected_household", "guardianship"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("paper", sa.String(length=80), nullable=True))
            batch_op.add_column(sa.Column("paper_date", types.Day(), nullable=True))
    with op.batch_alter_table("guardianship", schema=None) as batch_op:
        batch_op.add_column(sa.Column("recorded_by", sa.String(length=36), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("guardianship", schema=None) as batch_op:
        batch_op.drop_column("recorded_by")
    for table in ("guardianship", "protected_household"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("paper_date")
            batch_op.drop_column("paper")
