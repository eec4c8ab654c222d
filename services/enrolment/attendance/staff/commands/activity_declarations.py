"""Declaration of an activity to the State's youth service, as the agent in charge says it."""

from services.enrolment.attendance.staff.rules.children_per_adult import Terms
from services.enrolment.models import ReceptionTerms
from shared.database import Write


def store_declaration_terms(write: Write, code: str, terms: Terms) -> None:
    """Write how an activity of the register is declared; a later word replaces it."""
    row = {"declared": terms.declared, "with_pedt": terms.with_pedt}
    kept = write.upsert_into(ReceptionTerms).values(code=code, **row)
    write.execute(kept.on_conflict_do_update(index_elements=["code"], set_=row))
