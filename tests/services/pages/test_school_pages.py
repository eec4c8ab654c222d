"""The desk's pages of schools: who sees which, lists by name, moving up, a file of ONDE, areas."""

import io
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from services.enrolment.models import PupilMoves, SchoolClass
from services.enrolment.models.school_year.schools import SENDING
from services.enrolment.offer.rules.calendar import next_school_year, school_year_of
from services.enrolment.school_year.schools.commands import schools as commands
from services.enrolment.school_year.schools.queries.school_changes import changes_of_school
from services.enrolment.school_year.schools.queries.schools import directors_of_school
from services.enrolment.store import store
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import enrolment as desks
from tests.factories import schools as make
from tests.factories.enrolment import Child, Desk, Provider

SCHOOL = {
    "name": "École Jules-Ferry",
    "uai": "0750654D",
    "levels": ["CP", "CE1"],
    "street": "1 rue de l’École",
    "postcode": "28990",
    "commune": "Démonstration",
    "insee": "28901",
}
HEADER = "Nom élève;Nom d'usage élève;Prénom élève;Date naissance;INE;Niveau;Libellé classe"
INE = "123456789AB"


def this_year() -> str:
    return school_year_of(today())


def next_year() -> str:
    return next_school_year(this_year())


@pytest.fixture
def administrator(ens: Provider) -> Desk:
    desk = desks.desk_of(ens)
    desk.signs_in(ens.has_agent("administrator"))
    return desk


@pytest.fixture
def secretary(ens: Provider) -> Desk:
    desk = desks.desk_of(ens)
    desk.signs_in(ens.has_agent("school_desk"))
    return desk


def director(ens: Provider, *school_ids: str) -> Desk:
    desk, subject = desks.desk_of(ens), ens.has_agent("director")
    for school_id in school_ids:
        with store.write() as write:
            commands.appoint_director_of_school(
                write, school_id, subject, (today(), None), by=subject
            )
    desk.signs_in(subject)
    return desk


def the_batch() -> PupilMoves:
    with store.read() as read:
        return read.scalars(select(PupilMoves)).one()


def onde_of(*rows: str) -> bytes:
    return "\r\n".join((HEADER, *rows)).encode("cp1252")


def sends_file(desk: Desk, school: str, content: bytes, year: str = "") -> Any:
    return desk.sends(
        "/ecoles/onde",
        at="/ecoles/onde",
        school=school,
        year=year or this_year(),
        file=(io.BytesIO(content), "onde.csv"),
    )


def test_the_administrator_writes_a_school_and_its_classes(administrator: Desk) -> None:
    answer = administrator.sends("/ecoles/nouvelle", at="/ecoles/nouvelle", **SCHOOL)
    assert answer.status_code == 303
    (school,) = make.schools()
    page = f"/ecoles/{school.id}"
    double = {"name": "CP-CE1", "levels": ["CP", "CE1"], "teacher": "Mme Aubin", "places": "26"}
    added = f"{page}/classes/nouvelle"
    assert administrator.sends(added, at=added, **double).status_code == 303

    words = administrator.sees(page)

    assert "CP-CE1" in words and "CP, CE1" in words and "Mme Aubin" in words and "26" in words
    assert "0750654D" in words


def test_a_wrong_number_and_no_level_come_back_with_what_was_typed(administrator: Desk) -> None:
    wrong = {"uai": "0750654E", "levels": [], "postcode": "28"}
    answer = administrator.sends("/ecoles/nouvelle", at="/ecoles/nouvelle", **SCHOOL | wrong)

    assert answer.status_code == 422 and "École Jules-Ferry" in answer.text
    for sentence in ("Ce numéro UAI n’est pas juste", "au moins un niveau", "Cinq chiffres"):
        assert sentence in answer.text


def test_a_class_of_a_level_that_the_school_has_not_is_refused(administrator: Desk) -> None:
    page = f"/ecoles/{make.a_school(levels=('CP', 'CE1'))}/classes/nouvelle"
    answer = administrator.sends(page, at=page, name="CM2 A", levels=["CM2"])
    assert answer.status_code == 422 and "Cette école n’a pas de CM2" in answer.text


def test_a_class_with_children_keeps_its_name_and_is_not_removed(
    ens: Provider, administrator: Desk
) -> None:
    school = make.a_school()
    page = f"/ecoles/classes/{make.a_class(school, this_year(), 'CP, Mme Aubin', 'CP')}"
    make.pupil(ens)

    renamed = administrator.sends(f"{page}/modifier", f"{page}/modifier", name="B", levels=["CP"])
    assert renamed.status_code == 422 and "ne peut plus changer" in renamed.text
    administrator.sends(f"{page}/supprimer", at=f"{page}/modifier")

    with store.read() as read:
        assert read.scalars(select(SchoolClass)).one().name == "CP, Mme Aubin"


def test_the_administrator_reads_numbers_and_no_name(ens: Provider, administrator: Desk) -> None:
    school = make.a_school()
    row = make.a_class(school, this_year(), "CP, Mme Aubin", "CP")
    make.pupil(ens)

    assert "1 élève" in administrator.sees("/ecoles")
    administrator.sees(f"/ecoles/classes/{row}", status=404)
    administrator.sees("/ecoles/passages", status=404)
    administrator.sees(f"/ecoles/{school}/eleves", status=404)
    administrator.sees(f"/ecoles/{school}/eleves?fichier=csv", status=404)
    administrator.sees("/ecoles/sans-ecole", status=404)


def test_a_list_of_a_class_is_read_by_name_and_every_reading_is_noted(
    ens: Provider, secretary: Desk
) -> None:
    row = make.a_class(make.a_school(), this_year(), "CP, Mme Aubin", "CP")
    child = make.pupil(ens)
    make.pupil(ens, "CE1", "CE1 A", first_name="Lucas")

    words = secretary.sees(f"/ecoles/classes/{row}")

    assert "Lefèvre Manon" in words and "Lucas" not in words
    reads = ens.published("projection_read")
    assert {(each["child_id"], each["projection"]) for each in reads} == {
        (child.id, "care_core"),
        (child.id, "schooling"),
    }
    assert {each["role"] for each in reads} == {"school_desk"}


def test_a_school_is_entrusted_to_who_has_a_right_here_and_to_no_account_of_the_front_desk(
    ens: Provider, administrator: Desk
) -> None:
    school = make.a_school()
    ens.has_agent("director", name="Isabelle Faure")
    front_desk = ens.has_agent(name="Guichet unique")

    offered = administrator.sees(f"/ecoles/{school}")
    at, days = f"/ecoles/{school}", {"valid_from": today().isoformat(), "valid_to": ""}
    administrator.sends(f"{at}/direction", at=at, agent=front_desk, **days)

    assert "Isabelle Faure" in offered and "Guichet unique" not in offered
    with store.read() as read:
        assert directors_of_school(read, school) == []


def test_a_school_is_entrusted_from_no_other_day_than_the_one_that_cannot_be_read(
    ens: Provider, administrator: Desk
) -> None:
    school = make.a_school()
    isabelle = ens.has_agent("director", name="Isabelle Faure")
    at = f"/ecoles/{school}"

    administrator.sends(
        f"{at}/direction", at=at, agent=isabelle, valid_from="31/02/2027", valid_to=""
    )

    with store.read() as read:
        assert directors_of_school(read, school) == []


def test_a_director_reads_the_named_school_and_no_other(ens: Provider) -> None:
    mine, other = make.a_school(), make.a_school("École Simone-Veil")
    own = make.a_class(mine, this_year(), "CP, Mme Aubin", "CP")
    theirs = make.a_class(other, this_year(), "CP A", "CP")
    make.pupil(ens)
    stranger = make.pupil(ens, "CP", "CP A", "École Simone-Veil", first_name="Lucas")
    desk = director(ens, mine)

    assert desk.client.get("/").location == "/ecoles", "a director begins at the own school"
    assert "Simone-Veil" not in desk.sees("/ecoles")
    assert "Manon" in desk.sees(f"/ecoles/classes/{own}")
    desk.sees(f"/ecoles/classes/{theirs}", status=404)
    desk.sees(f"/ecoles/{other}", status=404)
    desk.sees("/enfants", status=404)
    desk.sees(f"/enfants/{stranger.id}", status=404)
    assert sends_file(desk, other, onde_of()).status_code == 422
    assert "director" in {each["role"] for each in ens.published("projection_read")}


@pytest.mark.parametrize("days", [(-9, -1), (1, 9)], ids=["over", "to-come"])
def test_a_right_to_a_school_holds_between_its_days(ens: Provider, days: tuple[int, int]) -> None:
    school = make.a_school()
    row = make.a_class(school, this_year(), "CP, Mme Aubin", "CP")
    desk, subject = desks.desk_of(ens), ens.has_agent("director")
    first, last = (today() + timedelta(days=each) for each in days)
    with store.write() as write:
        commands.appoint_director_of_school(write, school, subject, (first, last), by=subject)
    desk.signs_in(subject)

    desk.sees(f"/ecoles/classes/{row}", status=404)


def test_a_provider_without_a_school_has_no_such_page(database: Database, tmp_path: Path) -> None:
    with desks.provider_on(database, tmp_path, "enrolment_agg") as provider:
        desk = desks.desk_of(provider)
        desk.signs_in(provider.has_agent("administrator"))
        desk.sees("/ecoles", status=404)
        assert "Écoles" not in desk.sees("/offre")


def test_a_role_that_reads_no_class_has_no_such_page(ens: Provider) -> None:
    desk = desks.desk_of(ens)
    desk.signs_in(ens.has_agent("kitchen"))
    desk.sees("/ecoles", status=404)


def test_everybody_moves_up_after_one_look_class_by_class(ens: Provider, secretary: Desk) -> None:
    school = make.a_school()
    make.a_class(school, next_year(), "CE1 A", "CE1")
    make.pupil(ens, "CP", "CP A", birth_date=f"{int(this_year()[:4]) - 6}-03-02")
    make.pupil(
        ens, "CM2", "CM2 A", first_name="Lucas", birth_date=f"{int(this_year()[:4]) - 10}-01-02"
    )
    secretary.sends("/ecoles/passages/preparer", at="/ecoles/passages")
    page = f"/ecoles/passages/{the_batch().id}"

    words = secretary.sees(page)
    assert "CE1 A" in words and "quitte les écoles de la ville" in words
    assert "Manon" not in words

    secretary.sends(f"{page}/decider", at=page)
    assert "Cochez que vous avez relu" in secretary.sees(page)
    secretary.sends(f"{page}/decider", at=page, sure="yes")

    assert the_batch().state == SENDING and "en cours d’envoi" in secretary.sees(page)


def test_who_is_kept_down_is_corrected_line_by_line(ens: Provider, secretary: Desk) -> None:
    school = make.a_school()
    child = make.pupil(ens, "CP", "CP A", birth_date=f"{int(this_year()[:4]) - 6}-03-02")
    secretary.sends("/ecoles/passages/preparer", at="/ecoles/passages")
    group = f"/ecoles/passages/{the_batch().id}/eleves?de={school}|CP|CP A"
    assert "Manon Lefèvre" in secretary.sees(group)

    down = {"child": [child.id], "way": "go", "school": school, "level": "CP", "class_name": "CP A"}
    secretary.sends(
        f"/ecoles/passages/{the_batch().id}/eleves", at=group, de=f"{school}|CP|CP A", **down
    )

    words = secretary.sees(group)
    assert "1 élève est corrigé" in words and "maintenu" in words


def test_a_file_of_onde_is_shown_with_its_mistakes_before_anything_moves(
    ens: Provider, secretary: Desk
) -> None:
    school = make.a_school()
    manon = make.pupil(ens, "CP", "CP, Mme Aubin")
    near = make.pupil(ens, "CP", "CP, Mme Aubin", first_name="Augustin", birth_date="2019-05-06")
    absent = make.pupil(ens, "CP", "CP Neuf", first_name="Jeanne", birth_date="2019-09-09")
    content = onde_of(
        f"LEFEVRE;;MANON;02/03/2019;{INE};CP;CP Neuf",
        f"LEFEVRE;;AUGUSTEN;06/05/2019;{INE};CP;CP Neuf",
        f"INCONNUE;;Zoé;01/01/2019;{INE};CP;CP Neuf",
        f"LEFEVRE;;Paul;31/02/2019;{INE};CP;CP Neuf",
    )

    answer = sends_file(secretary, school, content)
    assert answer.status_code == 303
    page = f"/ecoles/passages/{the_batch().id}"
    words = secretary.sees(page)

    assert "Une classe du fichier n’existe pas dans l’école" in words and "CP Neuf" in words
    assert "Ligne 3 : AUGUSTEN LEFEVRE" in words and "Augustin Lefèvre" in words
    assert "Zoé INCONNUE" in words and "Ligne 5 : la date de naissance n’est pas lisible" in words
    assert "Jeanne Lefèvre" in words and INE not in words
    assert ens.published("projection_read") != []
    secretary.sends(f"/ecoles/onde/{the_batch().id}/lignes/3", at=page, child=near.id)
    secretary.sends(f"{page}/decider", at=page, sure="yes")
    assert "Des classes du fichier n’existent pas" in secretary.sees(page)
    secretary.sends(f"{page}/decider", at=page, sure="yes", create="yes")

    dossier = make.DossierOfSchooling()
    dossier.all_of_it()
    assert {row["child_id"] for row in dossier.kept.values()} == {manon.id, near.id} != {absent.id}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Choisissez le fichier CSV"),
        (b"PK\0\0", "Ce n’est pas un fichier CSV"),
        (b"Nom;Age\r\nA;3", "Il manque des colonnes"),
    ],
    ids=["none", "spreadsheet", "other"],
)
def test_a_file_that_is_no_export_is_refused_with_a_sentence(
    secretary: Desk, content: bytes, sentence: str
) -> None:
    answer = sends_file(secretary, make.a_school(), content)
    assert answer.status_code == 422 and sentence in answer.text


def test_the_file_of_another_year_is_refused_and_nothing_is_stored(secretary: Desk) -> None:
    first = int(this_year()[:4])
    rows = [f"A{at};;B;01/0{at + 1}/{first - 7};;CP;CP A" for at in range(8)]
    answer = sends_file(secretary, make.a_school(), onde_of(*rows))

    assert f"{first - 1}-{first}" in answer.text and "autre année" in answer.text
    with store.read() as read:
        assert read.scalars(select(PupilMoves)).all() == []


def test_a_list_for_a_spreadsheet_has_no_formula(ens: Provider, secretary: Desk) -> None:
    school = make.a_school()
    make.pupil(ens, last_name="=1+1", class_name="CP A")

    answer = secretary.client.get(f"/ecoles/{school}/eleves?fichier=csv")

    assert answer.data.startswith(b"\xef\xbb\xbf") and b"\r\n" in answer.data
    assert "\n'=1+1;Manon;02/03/2019;" in answer.text


def test_children_without_a_school_are_listed_as_far_as_one_has_them(
    ens: Provider, secretary: Desk
) -> None:
    born = date(int(this_year()[:4]) - 5, 3, 4).isoformat()
    ens.receives_child(Child("Zoé", "Sans", born))

    words = secretary.sees("/ecoles/sans-ecole")

    assert "Sans Zoé" in words and "la liste de la ville entière n’est pas celle-ci" in words


def test_an_address_leads_to_its_school_or_to_a_person(ens: Provider, administrator: Desk) -> None:
    school = make.a_school()
    page = f"/ecoles/secteurs/{school}"
    administrator.sends(page, at=page, streets="rue des Lilas ; impair ; 1-45\nplace Neuve")

    def asked(address: str) -> str:
        return administrator.sees(f"/ecoles/secteurs?commune=28901&adresse={address}")

    assert "École Jules-Ferry 1 rue de l’École" in asked("3 bis r. des lilas")
    assert "ce numéro n’est dans aucun secteur" in asked("2 rue des Lilas")
    assert "Vouliez-vous dire « rue lilas »" in asked("2 rue des Lylas")
    assert "aucune école n’a de rue dans cette commune" in administrator.sees(
        "/ecoles/secteurs?commune=autre&adresse=3 rue des Lilas"
    )


def test_streets_with_a_wrong_line_are_not_stored_at_all(
    ens: Provider, administrator: Desk
) -> None:
    page = f"/ecoles/secteurs/{make.a_school()}"
    answer = administrator.sends(page, at=page, streets="impasse du Puits\nplace Neuve ; 45-1")

    assert answer.status_code == 422 and "À corriger, ligne 2" in answer.text
    assert "impasse du Puits" in answer.text and "impasse du Puits" not in administrator.sees(page)


def test_a_drawn_area_holds_where_the_town_has_its_addresses(
    ens: Provider, administrator: Desk
) -> None:
    school = make.a_school()
    area = b'{"type": "Polygon", "coordinates": [[[1,48],[2,48],[2,49],[1,49],[1,48]]]}'
    bal = "commune_insee;voie_nom;numero;suffixe;long;lat\n28901;Rue Neuve;4;b;1.5;48.5\n"
    edited = f"/ecoles/secteurs/{school}"
    drawn = administrator.sends(
        f"{edited}/carte", at=edited, area=(io.BytesIO(area), "secteur.geojson")
    )
    assert drawn.status_code == 303
    administrator.sends(
        "/ecoles/secteurs/adresses",
        at="/ecoles/secteurs",
        addresses=(io.BytesIO(bal.encode()), "bal.csv"),
    )

    words = administrator.sees("/ecoles/secteurs?commune=28901&adresse=4 bis rue Neuve")

    assert "École Jules-Ferry 1 rue de l’École" in words and "1 adresse connue" in words
    bad = administrator.sends(f"{edited}/carte", at=edited, area=(io.BytesIO(b"{}"), "x.json"))
    assert bad.status_code == 422 and "Ce n’est pas un fichier GeoJSON" in bad.text


def test_one_pupil_is_put_into_a_class_of_the_town_or_into_another_school(
    ens: Provider, secretary: Desk
) -> None:
    school = make.a_school()
    make.a_class(school, this_year(), "CP A", "CP")
    child = make.pupil(ens, "CP", "")
    page = f"/ecoles/eleves/{child.id}"
    assert "Lefèvre Manon" in secretary.sees(f"/ecoles/{school}/sans-classe")
    chosen = {"school": school, "level": "CP", "holds_from": today().isoformat()}

    wrong = secretary.sends(page, at=page, class_name="CP Z", **chosen)
    assert wrong.status_code == 422 and "n’a pas cette classe" in wrong.text
    assert secretary.sends(page, at=page, class_name="cp a", **chosen).status_code == 303
    again = secretary.client.get(page).text
    assert f'<option value="{school}" selected>' in again  # and not what it was before
    away = chosen | {"school": "elsewhere", "elsewhere": "École de Chartres"}
    assert secretary.sends(page, at=page, **away).status_code == 303

    dossier = make.DossierOfSchooling()
    dossier.all_of_it()
    decided = [(row["school"], row["class_name"]) for row in dossier.kept.values()]
    assert decided == [("École Jules-Ferry", "CP A"), ("École de Chartres", "")]


def test_a_director_moves_pupils_within_the_own_school_alone(ens: Provider) -> None:
    mine, other = make.a_school(), make.a_school("École Simone-Veil")
    child = make.pupil(ens)
    stranger = make.pupil(ens, "CP", "CP A", "École Simone-Veil", first_name="Lucas")
    desk = director(ens, mine)
    page = f"/ecoles/eleves/{child.id}"

    answer = desk.sends(page, at=page, school=other, level="CP", holds_from=today().isoformat())
    assert answer.status_code == 422
    desk.sees(f"/ecoles/eleves/{stranger.id}", status=404)


def test_a_line_of_a_file_that_is_not_there_is_no_page(
    ens: Provider, administrator: Desk, secretary: Desk
) -> None:
    for desk in (administrator, secretary):
        gone = f"/ecoles/onde/{new_id()}/lignes/2"
        assert desk.sends(gone, at="/ecoles", child="none").status_code == 404


def renames(desk: Desk, school: str, name: str, day: date) -> Any:
    address = f"/ecoles/{school}/renommer"
    return desk.sends(address, at=address, name=name, holds_from=day.isoformat())


def test_a_school_is_renamed_from_a_day_on_and_what_follows_is_shown_before(
    ens: Provider, administrator: Desk
) -> None:
    school = make.a_school("École Jules-Ferry")
    make.pupil(ens)
    september = today() + timedelta(days=40)

    form = administrator.client.get(f"/ecoles/{school}/renommer")
    assert "1 élève" in form.text and "École Jules-Ferry" in form.text
    decided = renames(administrator, school, "École Simone-Veil", september)

    assert decided.status_code == 303
    page = administrator.client.get(f"/ecoles/{school}").text
    assert " devient " in page and "École Simone-Veil" in page
    assert "Annuler ce changement" in page


def test_a_change_that_waits_is_cancelled_once_and_stays_in_the_list_of_names(
    administrator: Desk,
) -> None:
    school = make.a_school("École Jules-Ferry")
    renames(administrator, school, "École Simone-Veil", today() + timedelta(days=40))
    with store.read() as read:
        (change,) = changes_of_school(read, school)
    address = f"/ecoles/{school}/changements/{change.id}/annuler"

    for said in ("rien n’en est parti", "Le jour est venu"):
        assert administrator.sends(address, at=f"/ecoles/{school}/renommer").status_code == 303
        assert said in administrator.client.get(f"/ecoles/{school}").text
    page = administrator.client.get(f"/ecoles/{school}").text
    assert "changement annulé" in page and "Annuler ce changement" not in page


@pytest.mark.parametrize(
    ("name", "days", "said"),
    [
        ("", 1, "Écrivez le nom de l’école."),
        ("École Jules-Ferry", 1, "C’est déjà son nom."),
        ("École des Lilas", 1, "Une autre école porte ce nom"),
        ("École Simone-Veil", -1, "Choisissez un jour"),
    ],
    ids=["no name", "the same", "of another", "past"],
)
def test_a_name_or_a_day_that_cannot_be_is_said_beside_the_field(
    administrator: Desk, name: str, days: int, said: str
) -> None:
    school = make.a_school("École Jules-Ferry")
    make.a_school("École des Lilas")

    answer = renames(administrator, school, name, today() + timedelta(days=days))

    assert answer.status_code == 422 and said in answer.text


def test_only_the_administrator_renames_a_school(ens: Provider, secretary: Desk) -> None:
    school = make.a_school("École Jules-Ferry")
    address = f"/ecoles/{school}/renommer"
    assert secretary.client.get(address).status_code == 404
    assert director(ens, school).client.get(address).status_code == 404
