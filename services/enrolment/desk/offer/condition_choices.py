"""Choices of conditions at the desk: by the projections received, with schools of its children."""

from services.enrolment.children.queries.contents import contents_of_projection
from services.enrolment.families.queries.shielding import hidden_homes
from services.enrolment.store import store, vault
from shared.contracts.enrolment.place_conditions import SCHOOL
from shared.register.entitlement import SCHOOLING
from shared.text import folded
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form


def projections_received_at_activity(activity: str) -> tuple[str, ...]:
    """Return the projections that this provider receives of the children at an activity."""
    shell = shell_here()
    return shell.register.projections_at_activity(shell.principal, activity)


def schools_to_tick(form: Form) -> list[str]:
    """
    Return the schools that may be ticked: of the children whom the provider has, and those ticked.

    They name no child, so that nobody's file is read for it. A school that only children of a
    protected home attend would reveal where they are (rule R9): it is written by hand.
    """
    shell = shell_here()
    if SCHOOLING not in shell.register.usual_projections(shell.principal):
        return sorted(form.values.get(SCHOOL) or [], key=folded)
    with store.read() as read:
        contents = contents_of_projection(read, vault, SCHOOLING)
        protected = hidden_homes(read, contents.keys(), ())
    schools = {content["school"] for child, content in contents.items() if child not in protected}
    schools |= set(form.values.get(SCHOOL) or [])
    return sorted(filter(None, schools), key=folded)
