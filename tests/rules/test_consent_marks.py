"""Words under a name on what parents allow: what is not allowed is never left out."""

import pytest

from services.enrolment.desk.page_parts.labels import CONSENT_MARKS, TO_ASK_ABOUT
from shared.contracts.sections.consents import ACTS, GIVEN, ONE_MORE, STATES, UNSAID


@pytest.mark.parametrize("code", TO_ASK_ABOUT)
def test_whatever_parents_have_not_allowed_of_a_picture_or_an_outing_has_its_words(
    code: str,
) -> None:
    possible = {state for state in STATES if state != ONE_MORE or ACTS[code].by_all}

    marked = {state for act, state in CONSENT_MARKS if act == code}

    assert possible - {GIVEN, UNSAID} == marked
