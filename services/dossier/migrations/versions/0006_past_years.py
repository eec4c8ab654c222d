"""Past years of a child's course by batch, and what providers are called after they left."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "course_provider",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_course_provider")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("course", schema=None) as batch_op:
        batch_op.add_column(sa.Column("batch", sa.String(length=60), nullable=True))
    op.create_index("ix_course_child_id_school_year", "course", ["child_id", "school_year"])
    op.create_index("ix_course_batch", "course", ["batch"])


def downgrade() -> None:
    op.drop_index("ix_course_batch", table_name="course")
    op.drop_index("ix_course_child_id_school_year", table_name="course")
    with op.batch_alter_table("course", schema=None) as batch_op:
        batch_op.drop_column("batch")
    op.drop_table("course_provider")
