"""Names and birth dates of children whose cards are here, for lists that tell the alike apart."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from services.enrolment.children.rules.distinct_names import Named
from services.enrolment.models import ChildCard
from shared.database.chunks import chunks

_NAMED = select(ChildCard.child_id, ChildCard.first_name, ChildCard.last_name, ChildCard.birth_date)


def named_children(read: Session, child_ids: Collection[str]) -> dict[str, Named]:
    """Return these children by id, as far as their names are here."""
    return {
        child.child_id: child
        for some in chunks(child_ids)
        for child in named_children_where(read, ChildCard.child_id.in_(some))
    }


def named_children_where(read: Session, condition: ColumnElement[bool]) -> list[Named]:
    """Return the children whose card fulfils a condition."""
    return [Named(*row) for row in read.execute(_NAMED.where(condition))]
