"""Which letters of access were printed at one go, so that a lot can be printed again."""

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "letter_lot",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("printed_at", types.Moment(), nullable=False),
        sa.Column("printed_by", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_lot")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("letter_lot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letter_lot_printed_at"), ["printed_at"], unique=False)
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lot", sa.String(length=36), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_invitation_lot_letter_lot"), "letter_lot", ["lot"], ["id"]
        )
        batch_op.create_index(batch_op.f("ix_invitation_lot"), ["lot"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitation_lot"))
        batch_op.drop_constraint(batch_op.f("fk_invitation_lot_letter_lot"), type_="foreignkey")
        batch_op.drop_column("lot")
    op.drop_table("letter_lot")
