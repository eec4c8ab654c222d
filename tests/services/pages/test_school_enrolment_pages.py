"""The desk's pages of school enrolment: requests, the decision, certificates, who signs."""

from datetime import timedelta
from typing import Any

import pytest

from services.enrolment.offer.rules.calendar import next_school_year, school_year_of
from services.enrolment.school_year.schools.commands import schools as school_commands
from services.enrolment.school_year.schools.commands.catchment import set_streets_of_school
from services.enrolment.school_year.schools.rules.street_lists import StreetLine
from services.enrolment.store import store
from shared.dates.clock import today
from tests.factories import enrolment as desks
from tests.factories import pdf, schools
from tests.factories import school_enrolments as make
from tests.factories.enrolment import Desk, Provider
from tests.factories.places import Family

FERRY, VEIL = "École Jules-Ferry", "École Simone-Veil"
REQUESTS = "/ecoles/demandes"


def this_year() -> str:
    return school_year_of(today())


@pytest.fixture
def secretary(ens: Provider) -> Desk:
    desk = desks.desk_of(ens)
    desk.signs_in(ens.has_agent("school_desk"))
    return desk


def asked(ens: Provider, **more: Any) -> tuple[Family, str]:
    family = make.a_family(ens)
    return family, f"{REQUESTS}/{make.asks_for_school(family, **more)['request_id']}"


def ferry_of_the_lilas() -> str:
    school = schools.a_school(FERRY)
    with store.write() as write:
        set_streets_of_school(
            write, school, "28901", [StreetLine("rue des Lilas", "all", None, None)]
        )
    return school


def decided(desk: Desk, page: str, school: str, **more: Any) -> Any:
    form = {"school": school, "level": "CE1", "holds_from": today().isoformat()}
    return desk.sends(f"{page}/inscrire", at=page, **form | more)


def test_a_request_shows_the_school_of_its_address_and_becomes_a_certificate(
    ens: Provider, secretary: Desk
) -> None:
    school = ferry_of_the_lilas()
    make.somebody_signs()
    _family, page = asked(ens)
    assert FERRY in secretary.sees(REQUESTS)
    words = secretary.sees(page)
    assert "12 rue des Lilas, 28990 Démonstration" in words and "attestation" in words

    answer = decided(secretary, page, school)

    assert answer.status_code == 303
    (act,) = make.enrolments()
    assert (act.basis, act.school_id) == ("area", school)
    words = secretary.sees(answer.location)
    assert f"Certificat n° {act.number}" in words and "L’enfant est inscrit" in words
    printed = secretary.client.get(f"{answer.location}.pdf")
    assert FERRY in pdf.text(printed.data)
    assert "Aucune demande" in secretary.sees(REQUESTS)
    again = secretary.sends(f"{page}/inscrire", at=answer.location)
    assert again.location == REQUESTS
    assert "déjà décidée" in secretary.sees(REQUESTS)


def test_an_address_out_of_every_area_is_said_to_be_so(ens: Provider, secretary: Desk) -> None:
    ferry_of_the_lilas()
    far = {**make.LILAS, "insee": "", "commune": "Ailleurs"}
    _family, page = asked(ens, address=far)
    assert "Hors secteur" in secretary.sees(page)
    assert "Hors secteur" in secretary.sees(REQUESTS)


def test_a_street_that_no_list_has_is_left_for_a_person_to_decide(
    ens: Provider, secretary: Desk
) -> None:
    ferry_of_the_lilas()
    _family, page = asked(ens, address={**make.LILAS, "street": "3 rue du Port"})
    assert "À décider" in secretary.sees(page)


def test_a_level_off_the_age_is_shown_and_two_off_come_back_with_a_sentence(
    ens: Provider, secretary: Desk
) -> None:
    school = ferry_of_the_lilas()
    make.somebody_signs()
    _family, page = asked(ens, level="CE2")
    assert "en avance" in secretary.sees(page)

    answer = decided(secretary, page, school, level="CM2")

    assert answer.status_code == 422
    assert "à plus d’un an de l’âge" in answer.text
    assert make.enrolments() == []


def test_a_full_school_is_said_and_is_chosen_all_the_same_on_purpose(
    ens: Provider, secretary: Desk
) -> None:
    school = ferry_of_the_lilas()
    schools.a_class(school, this_year(), "CE1", "CE1", places=1)
    schools.pupil(ens, "CE1", "CE1", FERRY, first_name="Anna")
    make.somebody_signs()
    _family, page = asked(ens)
    assert "(CE1 : complet)" in secretary.sees(page)

    refused = decided(secretary, page, school)
    assert refused.status_code == 422 and "Il n’y a plus de place" in refused.text

    assert decided(secretary, page, school, over_places="yes").status_code == 303


def test_nobody_is_enrolled_before_the_administrator_says_who_signs(
    ens: Provider, secretary: Desk
) -> None:
    school = ferry_of_the_lilas()
    _family, page = asked(ens)
    assert "Personne n’a encore dit qui signe" in secretary.sees(REQUESTS)
    assert decided(secretary, page, school).status_code == 422
    secretary.sees("/ecoles/signature", status=404)

    administrator = desks.desk_of(ens)
    administrator.signs_in(ens.has_agent("administrator"))
    wrong = administrator.sends("/ecoles/signature", at="/ecoles/signature", signer="H. Garnier")
    assert wrong.status_code == 422 and "Dites au nom de qui" in wrong.text
    fields = dict(make.MAYOR_SIGNS)
    saved = administrator.sends("/ecoles/signature", at="/ecoles/signature", **fields)
    assert saved.status_code == 303
    assert "Hélène Garnier" in administrator.client.get("/ecoles/signature").text

    secretary.signs_in(ens.has_agent("school_desk"))
    assert decided(secretary, page, school).status_code == 303


def test_of_two_homes_an_agent_says_which_address_counts(ens: Provider, secretary: Desk) -> None:
    ferry, veil = ferry_of_the_lilas(), schools.a_school(VEIL)
    with store.write() as write:
        set_streets_of_school(write, veil, "28901", [StreetLine("rue du Port", "all", None, None)])
    make.somebody_signs()
    _family, page = asked(ens)
    other = {"street": "3 rue du Port", "postcode": "28990", "insee": "28901"}
    assert secretary.sends(f"{page}/adresse", at=page, street="3 rue").status_code == 422
    assert secretary.sends(f"{page}/adresse", at=page, **other).status_code == 303
    words = secretary.sees(page)
    assert FERRY in words and VEIL in words and "Ajouter l’adresse de l’autre" not in words

    silent = decided(secretary, page, veil)
    assert silent.status_code == 422 and "laquelle des deux adresses" in silent.text
    assert decided(secretary, page, veil, address="1").status_code == 303

    (act,) = make.enrolments()
    assert (act.basis, act.school_id) == ("area", veil)
    assert make.content(act.id)["basis_address"].startswith("3 rue du Port")
    assert ferry != veil


def test_children_of_one_name_and_birth_are_told_apart_and_warned_of(
    ens: Provider, secretary: Desk
) -> None:
    ferry_of_the_lilas()
    _first, page = asked(ens)
    make.asks_for_school(make.a_family(ens))

    assert "1 autre enfant a le même nom" in secretary.sees(page)
    words = secretary.sees(REQUESTS)
    assert "Lefèvre Manon (1)" in words and "Lefèvre Manon (2)" in words


def test_a_request_is_entered_at_the_desk_for_a_child_in_no_school(
    ens: Provider, secretary: Desk
) -> None:
    family = make.a_family(ens)
    page = f"/ecoles/inscrire/{family.child.id}"
    assert "Inscrire avec un certificat" in secretary.sees(f"/ecoles/eleves/{family.child.id}")
    short = secretary.sends(page, at=page, channel="telephone", level="CE1")
    assert short.status_code == 422 and "Écrivez le numéro et la rue" in short.text

    form = {
        "channel": "telephone",
        "school_year": next_school_year(this_year()),
        "level": "CE2",
        "domicile": "sworn",
        **make.LILAS,
    }
    entered = secretary.sends(page, at=page, **form)

    assert entered.status_code == 303
    (row,) = make.requests_asked()
    assert (row.channel, row.papers["domicile"], row.papers["child_identity"]) == (
        "telephone",
        "sworn",
        "later",
    )
    assert secretary.client.get(page).status_code == 302
    words = secretary.sees(f"{REQUESTS}/{row.id}")
    assert "téléphone" in words
    at = f"{REQUESTS}/{row.id}"
    noted = secretary.sends(f"{at}/papiers", at=at, domicile="shown")
    assert noted.status_code == 303
    assert make.request(row.id).papers["domicile"] == "shown"


def test_a_request_is_taken_back_at_the_familys_word(ens: Provider, secretary: Desk) -> None:
    _family, page = asked(ens)
    assert secretary.sends(f"{page}/retirer", at=page).status_code == 303
    secretary.sees(page, status=404)


def test_a_certificate_is_withdrawn_with_its_reason(ens: Provider, secretary: Desk) -> None:
    school = ferry_of_the_lilas()
    make.somebody_signs()
    _family, page = asked(ens)
    act = decided(secretary, page, school).location
    assert secretary.sends(f"{act}/retirer", at=act).status_code == 422

    secretary.sends(f"{act}/retirer", at=act, why="mistake")

    assert "Retiré le" in secretary.sees(act)
    assert "ne vaut plus" in pdf.text(secretary.client.get(f"{act}.pdf").data)
    assert "retiré" in secretary.sees("/ecoles/certificats")


def test_a_director_notes_the_admission_and_sees_the_own_school_alone(
    ens: Provider, secretary: Desk
) -> None:
    ferry, veil = ferry_of_the_lilas(), schools.a_school(VEIL)
    make.somebody_signs()
    _one, page = asked(ens)
    here = decided(secretary, page, ferry).location
    other = make.asks_for_school(make.a_family(ens, first_name="Lucas"))["request_id"]
    elsewhere = f"/ecoles/certificats/{make.decides(other, veil)}"
    desk, subject = desks.desk_of(ens), ens.has_agent("director")
    with store.write() as write:
        school_commands.appoint_director_of_school(
            write, ferry, subject, (today(), None), by=subject
        )
    desk.signs_in(subject)

    words = desk.sees("/ecoles/certificats")
    assert "Manon" in words and "Lucas" not in words
    desk.sees(elsewhere, status=404)
    desk.sees(REQUESTS, status=404)
    assert "12 rue des Lilas" not in desk.sees(here)
    assert desk.sends(f"{here}/retirer", at=here, why="mistake").status_code == 404
    late = (today() + timedelta(days=1)).isoformat()
    assert desk.sends(f"{here}/admission", at=here, day=late).status_code == 422
    assert desk.sends(f"{here}/admission", at=here, day=today().isoformat()).status_code == 303
    assert "L’admission est notée" in desk.sees(here)


def test_whoever_reads_a_request_leaves_a_line_for_the_family(
    ens: Provider, secretary: Desk
) -> None:
    family, page = asked(ens)
    secretary.sees(page)
    reads = ens.published("projection_read")
    assert {each["child_id"] for each in reads} == {family.child.id}
    assert {each["projection"] for each in reads} == {"care_core", "schooling"}


def test_a_waiver_goes_from_its_motive_to_the_certificate_of_the_other_school(
    ens: Provider, secretary: Desk
) -> None:
    ferry_of_the_lilas()
    veil = schools.a_school(VEIL)
    make.somebody_signs()
    administrator = desks.desk_of(ens)
    administrator.signs_in(ens.has_agent("administrator"))
    motives = "/ecoles/derogations/motifs"
    assert administrator.sends(motives, at=motives, motives="lieu de travail").status_code == 422
    lines = "frère ou sœur dans l’école ; 40\nlieu de travail ; 10"
    assert administrator.sends(motives, at=motives, motives=lines).status_code == 303
    secretary.signs_in(ens.has_agent("school_desk"))
    _family, page = asked(ens)
    entry = f"/ecoles/derogations/demande/{page.rpartition('/')[2]}"
    assert "frère ou sœur dans l’école" in secretary.sees(entry)
    assert secretary.sends(entry, at=entry, school=veil).status_code == 422

    entered = secretary.sends(entry, at=entry, school=veil, motives=["frere_ou_soeur_dans_l_ecole"])

    assert entered.status_code == 303
    words = secretary.sees("/ecoles/derogations")
    assert "Lefèvre Manon 1 40 " in words
    assert secretary.sends(entered.location, at=entered.location).status_code == 422
    granted = secretary.sends(entered.location, at=entered.location, decision="yes")
    assert granted.status_code == 303
    assert "accordée" in secretary.sees(page)
    assert decided(secretary, page, veil).status_code == 303
    assert make.enrolments()[0].basis == "waiver"


def test_a_refusal_needs_its_reason_and_its_letter_is_printed(
    ens: Provider, secretary: Desk
) -> None:
    make.a_deliberation()
    make.somebody_signs()
    _family, page = asked(ens)
    waiver = make.asks_for_waiver(page.rpartition("/")[2], schools.a_school(VEIL), make.SIBLING)
    at = f"/ecoles/derogations/{waiver}"
    secretary.sees(f"{at}/lettre.pdf", status=404)
    assert secretary.sends(at, at=at, decision="no").status_code == 422

    assert secretary.sends(at, at=at, decision="no", why="no_place").status_code == 303

    letter = secretary.client.get(f"{at}/lettre.pdf")
    assert "tribunal administratif d’Orléans" in pdf.text(letter.data)
    assert "refusée" in secretary.sees("/ecoles/derogations")


def test_the_home_of_who_decides_says_what_waits(ens: Provider, secretary: Desk) -> None:
    make.a_deliberation()
    homes = ("/a-voir", "/ecoles")
    assert all("attendent une réponse" not in secretary.sees(home) for home in homes)
    _family, page = asked(ens)
    make.asks_for_waiver(page.rpartition("/")[2], schools.a_school(VEIL), make.SIBLING)

    for home in ("/a-voir", "/ecoles"):
        words = secretary.sees(home)
        assert "1 demande d’école à décider" in words
        assert "1 dérogation devant la commission" in words
    secretary.signs_in(ens.has_agent("lead"))
    assert "1 demande d’école à décider" in secretary.sees("/")
    secretary.signs_in(ens.has_agent("kitchen"))
    assert "demande d’école" not in secretary.sees("/a-voir")


def test_a_paper_that_is_to_come_is_asked_of_the_family(ens: Provider, secretary: Desk) -> None:
    make.a_deliberation()
    family, page = asked(ens)
    noted = {"child_identity": "shown", "guardian_identity": "shown", "domicile": "later"}
    assert secretary.sends(f"{page}/papiers", at=page, **noted).status_code == 303
    assert ens.published("notice") == []

    secretary.sends(f"{page}/papiers", at=page, **noted, tell="yes")

    assert "la famille est prévenue" in secretary.sees(page)
    (told,) = ens.published("notice")
    assert (told["kind"], told["household_id"]) == ("school_papers", family.household)
    cards = [each for each in ens.published("family_card") if each["children"]]
    assert cards[-1]["children"][0]["school_requests"][0]["papers"] == noted


def test_the_paper_for_a_motive_is_noted_until_the_waiver_is_decided(
    ens: Provider, secretary: Desk
) -> None:
    make.a_deliberation()
    _family, page = asked(ens)
    waiver = make.asks_for_waiver(page.rpartition("/")[2], schools.a_school(VEIL), make.SIBLING)
    at = f"/ecoles/derogations/{waiver}"

    secretary.sends(f"{at}/justificatif", at=at, proof="shown", tell="yes")

    assert make.waiver(waiver).proof == "shown"
    assert [each["kind"] for each in ens.published("notice")] == ["school_papers"]
    make.grants(waiver)
    secretary.sends(f"{at}/justificatif", at=at, proof="later")
    assert make.waiver(waiver).proof == "shown"
    assert "Un collègue l’a déjà décidée" in secretary.sees(at)
