"""A breach at the front desk: measured, laid out, kept with its 72 hours until it is closed."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.portal_gateway.front_desk.breaches import commands
from services.portal_gateway.front_desk.models import Breach
from services.portal_gateway.front_desk.store import store
from shared.contracts.dossier.data_protection import breach_letters, read_log
from shared.contracts.identity.accounts import reached_by_email
from shared.dates.clock import PARIS, now
from shared.runtime.ids import new_id
from tests.factories import pdf
from tests.factories.front_desk.counter import Counter

BREACH = "/donnees/violation"
SCOPE = {"households": 766, "children": 1128, "read": 253, "projections": ["allergies", "diet"]}


def typed(moment: datetime) -> str:
    return f"{moment.astimezone(PARIS):%Y-%m-%dT%H:%M}"


def told(**more: Any) -> dict[str, str]:
    moment = now()
    return {
        "service": "ens", "since": typed(moment - timedelta(hours=30)),
        "until": typed(moment - timedelta(hours=20)), "known": typed(moment - timedelta(hours=10)),
        "nature": "Un mot de passe a été copié.", "form": "page", "act": new_id(), **more,
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


def test_the_minute_that_was_typed_last_counts_whole(office: Counter) -> None:
    sent = told()

    office.desk.sends(BREACH, at=BREACH, **sent)

    until = office.callees.asked[-1][3].until.astimezone(PARIS)
    last = datetime.fromisoformat(sent["until"]).replace(tzinfo=PARIS)
    assert until - last == timedelta(minutes=1)


def test_after_three_days_it_asks_why(office: Counter) -> None:
    hours = {"since": 100, "until": 90, "known": 80}
    late = told(**{each: typed(now() - timedelta(hours=ago)) for each, ago in hours.items()})

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
        ({"known": "2020-01-01T00:00"}, "Pas avant que cela ait commencé."),
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


def keeps(office: Counter, **more: Any) -> str:
    """Keep a breach; return the address of its page."""
    sent = office.desk.sends(BREACH, at=BREACH, **told(form="keep", **more))
    assert sent.status_code == 303
    return str(sent.location).partition("#")[0]


def follows(office: Counter, address: str, **form: str) -> Any:
    return office.desk.sends(f"{address}/suite", at=address, **form)


def test_a_breach_is_kept_with_its_hours_and_closed_once_the_cnil_knows(office: Counter) -> None:
    address = keeps(office)
    page = office.desk.sees(address).replace("\u00a0", " ")
    assert "Un mot de passe a été copié." in office.desk.client.get(address).text
    assert "Reste 61 h" in page or "Reste 62 h" in page
    assert "reste 6" in office.desk.sees(BREACH).replace("\u00a0", " ")

    refused = follows(office, address, form="close")
    assert refused.status_code == 422 and "Pour clore" in refused.text
    early = follows(office, address, notified_at=typed(now() - timedelta(days=9)), form="keep")
    assert early.status_code == 422 and "Entre le moment" in early.text
    follows(office, address, notified_at=typed(now() - timedelta(hours=1)), form="close")

    assert "Déclarée à la CNIL" in office.desk.sees(address)
    assert "Reste" not in office.desk.sees(address)
    assert "close" in office.desk.sees(BREACH)


def test_what_is_learned_later_is_measured_anew_and_what_is_closed_stays(office: Counter) -> None:
    address = keeps(office)
    office.callees.answers("dossier", read_log.breach_scope, lambda _: {**SCOPE, "households": 9})
    office.desk.sends(address, at=address, **told(form="keep", measures="Accès retiré."))
    follows(office, address, why_not_notified="Sans risque.", form="close")

    office.desk.sends(address, at=BREACH, **told(form="keep", measures="Rien."))
    office.desk.sends(f"{address}/suite", at=BREACH, why_not_notified="Autre chose.", form="keep")

    page = office.desk.sees(address)
    assert "Accès retiré." in page and "Sans risque." in page
    assert "Rien." not in page and "Autre chose." not in page
    assert "9" in page and "766" not in page


def test_a_breach_that_is_kept_twice_is_one_and_another_of_the_same_form_is_another(
    office: Counter,
) -> None:
    sent = told(form="keep")
    for form in (sent, sent, {**sent, "nature": "Deux mots de passe."}):
        assert office.desk.sends(BREACH, at=BREACH, **form).status_code == 303

    with store.read() as read:
        assert len(read.scalars(select(Breach)).all()) == 2
    assert sent["act"] not in office.desk.sees(BREACH), "a new page begins a new one"


def test_what_the_cnil_was_told_was_known_before(office: Counter) -> None:
    address = keeps(office)
    when = now() - timedelta(hours=5)
    follows(office, address, notified_at=typed(when), form="keep")

    later = told(form="keep", known=typed(when + timedelta(hours=1)))
    refused = office.desk.sends(address, at=address, **later)

    assert refused.status_code == 422
    assert "Pas après le moment où la CNIL l’a su." in refused.text
    assert office.desk.sends(address, at=address, **told(form="keep")).status_code == 303


def test_its_households_are_listed_and_filed_by_number(office: Counter) -> None:
    address, first, last = keeps(office), new_id(), new_id()
    pages: dict[Any, Any] = {None: ([first], True), first: ([last], False)}

    def some(request: Any) -> dict[str, Any]:
        ids, more = pages[request.after]
        rows = [
            {"household_id": each, "children": 2, "projections": ["diet"], "reads": 3}
            for each in ids
        ]
        return {"households": rows, "more": more}

    office.callees.answers("dossier", read_log.breach_households, some)

    answer = office.desk.client.get(f"{address}/foyers?fichier=csv")

    assert [line.split(";")[0] for line in answer.data.decode("utf-8-sig").splitlines()[1:]] == [
        first,
        last,
    ]
    assert first in office.desk.sees(f"{address}/foyers")


def test_the_record_is_sealed_and_forgets_what_was_closed_five_years_ago(office: Counter) -> None:
    address = keeps(office)
    follows(office, address, why_not_notified="Sans risque.", form="close")
    with store.write() as write:
        (row,) = write.scalars(select(Breach)).all()
        assert b"mot de passe" not in row.content
        commands.delete_old_breaches(write, now() + timedelta(days=5 * 365))
    office.desk.sees(address)

    with store.write() as write:
        commands.delete_old_breaches(write, now() + timedelta(days=5 * 366))

    office.desk.sees(address, status=404)


def test_who_does_not_answer_for_data_finds_nothing_of_the_record(office: Counter) -> None:
    address = keeps(office)
    office.signs_in("desk_lead")

    for path in (address, f"{address}/foyers", f"{address}/lettres"):
        assert office.desk.client.get(path).status_code == 404
    assert office.desk.sends(f"{address}/suite", at="/", form="close").status_code == 404
    printed = office.desk.sends(f"{address}/lettres", at="/", household=[new_id()])
    assert printed.status_code == 404


WRITTEN = {"consequences": "Des appels de démarchage.", "measures": "Le mot de passe est changé."}


class Families:
    """The dossier and identity of a breach: who may be written to, and whom e-mails reach."""

    def __init__(self, office: Counter, *homes: tuple[str, list[str]]) -> None:
        self.homes = dict(homes)
        self.reached: list[str] = []
        callees = office.callees
        callees.answers("dossier", breach_letters.breach_recipients, self.recipients)
        callees.answers("dossier", breach_letters.breach_letters, self.letters)
        callees.answers("identity", reached_by_email, lambda _: {"reached": self.reached})

    def recipients(self, _request: Any) -> dict[str, Any]:
        rows = [{"household_id": each, "guardian_ids": who} for each, who in self.homes.items()]
        return {"households": rows, "touched": 5, "apart": 2, "unaddressed": 1, "after": None}

    def letters(self, request: Any) -> dict[str, Any]:
        lines = ["12 rue des Lilas", "28000 Démonstration"]
        return {
            "letters": [
                {"household_id": each, "names": ["Anne Moreau", "Paul Łuczak"], "lines": lines}
                for each in request.household_ids
                if each in self.homes
            ]
        }


def test_who_has_no_email_gets_a_letter_with_what_article_34_asks(office: Counter) -> None:
    told_by_mail, on_paper = new_id(), new_id()
    anne, paul = new_id(), new_id()
    families = Families(office, (told_by_mail, [anne]), (on_paper, [paul]))
    families.reached = [anne]
    letters = f"{keeps(office, **WRITTEN)}/lettres"

    page = office.desk.sees(letters)
    assert "Imprimer la lettre 1" in page and "2 foyers ne reçoivent pas de lettre" in page
    assert "1 foyer n’a pas d’adresse" in page and "Protégés et tenus" in page
    assert "Imprimer les lettres 1 à 2" in office.desk.sees(f"{letters}?a=tous")
    printed = office.desk.sends(letters, at=letters, household=[on_paper])

    assert printed.mimetype == "application/pdf" and b"/StructTreeRoot" in printed.data
    text = pdf.text(printed.data).replace("\u00a0", " ").replace("\u202f", " ")
    for said in (
        *("Anne Moreau", "12 rue des Lilas", "Un mot de passe a été copié."),
        *(*WRITTEN.values(), "délégué à la protection des données", "cnil.fr/plaintes"),
    ):
        assert said in text
    pdf.assert_shown_by_window(printed.data, ("Anne Moreau", "12 rue des Lilas"))


def test_a_letter_without_what_the_officer_has_to_write_is_not_printed(office: Counter) -> None:
    home = new_id()
    Families(office, (home, [new_id()]))
    letters = f"{keeps(office)}/lettres"

    assert "Il manque à la lettre : conséquences probables, mesures prises" in (
        office.desk.sees(letters).replace("\u00a0", " ")
    )
    assert office.desk.sends(letters, at=BREACH, household=[home]).status_code == 400
    assert office.callees.count(breach_letters.breach_letters) == 0


def test_households_that_are_apart_since_are_said_to_get_none(office: Counter) -> None:
    Families(office)
    letters = f"{keeps(office, **WRITTEN)}/lettres"

    office.desk.sends(letters, at=BREACH, household=[new_id()])

    assert "rien n’a été imprimé" in office.desk.sees(letters)
