"""A breach at the front desk: measured, with what is left of 72 hours, and laid out."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.contracts.dossier import read_log
from shared.dates.clock import PARIS, now
from tests.services.pages.test_front_desk_pages import Counter, counter

__all__ = ["counter"]

BREACH = "/donnees/violation"
SCOPE = {"households": 766, "children": 1128, "read": 253, "projections": ["allergies", "diet"]}


def typed(moment: datetime) -> str:
    return f"{moment.astimezone(PARIS):%Y-%m-%dT%H:%M}"


def told(**more: Any) -> dict[str, str]:
    moment = now()
    return {
        "service": "ens", "since": typed(moment - timedelta(hours=30)),
        "until": typed(moment - timedelta(hours=20)), "known": typed(moment - timedelta(hours=10)),
        "nature": "Un mot de passe a été copié.", "form": "page", **more,
    }  # fmt: skip


@pytest.fixture
def office(counter: Counter) -> Counter:
    """Give a desk of the data protection office whose dossier measures."""
    counter.signs_in("data_protection")
    counter.callees.answers("dossier", read_log.breach_scope, lambda _: SCOPE)
    return counter


def test_it_says_how_many_at_most_and_how_many_hours_are_left(office: Counter) -> None:
    page = office.desk.sends(BREACH, at=BREACH, **told()).text.replace("\u00a0", " ")

    assert "766" in page and "1128" in page.replace("\u202f", "").replace(" ", "")
    assert "Reste 61 h" in page or "Reste 62 h" in page
    assert office.callees.asked[-1][3].provider == "ens"


def test_after_three_days_it_asks_why(office: Counter) -> None:
    late = told(known=typed(now() - timedelta(hours=80)))

    page = office.desk.sends(BREACH, at=BREACH, **late).text.replace("\u00a0", " ")
    assert "Les 72 heures sont passées" in page


def test_of_a_service_that_has_all_families_the_whole_town_is_measured(office: Counter) -> None:
    office.desk.sends(BREACH, at=BREACH, **told(service="toutes"))

    assert office.callees.asked[-1][3].provider is None


def test_the_notification_is_a_tagged_document(office: Counter) -> None:
    paper = office.desk.sends(BREACH, at=BREACH, **told(form="pdf"))

    assert paper.mimetype == "application/pdf" and b"/StructTreeRoot" in paper.data


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"since": "hier"}, "Écrivez un jour et une heure."),
        ({"service": "nulle-part"}, "Choisissez un service."),
        ({"until": "2020-01-01T00:00"}, "La fin vient après le début."),
        ({"known": "2099-01-01T00:00"}, "Un moment passé."),
        ({"nature": "x" * 2001}, "2000 caractères au plus"),
    ],
)
def test_what_is_wrong_is_a_sentence_and_nothing_is_measured(
    office: Counter, wrong: dict[str, str], said: str
) -> None:
    refused = office.desk.sends(BREACH, at=BREACH, **told(**wrong))

    assert refused.status_code == 422
    assert said in refused.text.replace("\u202f", "").replace("\u00a0", " ")
    assert office.callees.count(read_log.breach_scope) == 0


def test_who_does_not_answer_for_data_finds_no_such_page(counter: Counter) -> None:
    counter.signs_in("desk_lead")

    assert counter.desk.client.get(BREACH).status_code == 404
    assert counter.desk.sends(BREACH, at="/", **told()).status_code == 404
