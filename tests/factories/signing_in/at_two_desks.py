"""An agent of two providers before one of their desks, with identity behind its pages."""

from types import SimpleNamespace

import pytest

from tests.factories import identity as people
from tests.factories.enrolment import Desk, Provider
from tests.factories.identity import Person, Town
from tests.factories.signing_in.at_desk import another

DESKS = {"ens": "http://127.0.0.1:8620", "agg": "http://127.0.0.1:8621"}


@pytest.fixture
def nadia(town: Town) -> Person:
    """Give an agent who works for the school and for sports."""
    person = people.agent("nadia.roux", ("ens", "school_desk"), ("agg", "coach"), name="Nadia Roux")
    town.opens(person)
    return person


@pytest.fixture
def desk(agg: Provider, town: Town, nadia: Person) -> Desk:
    """Give a browser at its desk."""
    agg.has_agent("coach", name="Nadia Roux", subject=nadia.subject)
    opened = another(agg, town)
    opened.client.application.extensions["preau_desks"] = SimpleNamespace(now=DESKS)
    return opened
