"""The register of treatments and who receives what, at the front desk: for the DPO's office."""

import io
import zipfile

import pytest

from tests.factories.front_desk.counter import Counter

REGISTER, PAPER, RIGHTS = "/donnees/registre", "/donnees/registre.pdf", "/donnees/qui-recoit-quoi"


def test_the_office_finds_each_treatment_with_its_measures_transfers_and_assessment(
    counter: Counter,
) -> None:
    counter.signs_in("data_protection")
    office = counter.desk.client

    listed = office.get(REGISTER)
    assert "Journal des lectures" in listed.text
    assert "Document pour la CNIL" in listed.text

    whole = office.get(f"{REGISTER}/1").text
    for heading in ("Base légale", "Conservation", "Mesures de sécurité", "Sous-traitants"):
        assert heading in whole
    assert "Transferts hors de l’Union européenne" in whole
    assert office.get(f"{REGISTER}/0").status_code == 404
    assert office.get(f"{REGISTER}/9999").status_code == 404


def test_a_search_finds_what_is_done_with_attendance(counter: Counter) -> None:
    counter.signs_in("data_protection")
    office = counter.desk.client

    found = office.get(f"{REGISTER}?q=savoir qui est la").text

    assert "Savoir qui est là" in found
    assert "Servir un repas" not in found


def test_the_file_has_the_measures_that_the_table_leaves_out(counter: Counter) -> None:
    counter.signs_in("data_protection")
    office = counter.desk.client

    csv = office.get(f"{REGISTER}?fichier=csv")
    header = csv.data.decode("utf-8-sig").splitlines()[0]
    assert "Sécurité" in header and "Transferts" in header

    workbook = office.get(f"{REGISTER}?fichier=xlsx")
    words = zipfile.ZipFile(io.BytesIO(workbook.data)).read("xl/sharedStrings.xml").decode()
    assert "hébergeur" in words


def test_the_register_on_paper_is_a_tagged_document(counter: Counter) -> None:
    counter.signs_in("data_protection")
    office = counter.desk.client

    paper = office.get(PAPER)

    assert paper.mimetype == "application/pdf"
    assert paper.data.startswith(b"%PDF") and b"/StructTreeRoot" in paper.data


def test_the_matrix_says_in_french_who_receives_what_and_what_nobody_receives(
    counter: Counter,
) -> None:
    counter.signs_in("data_protection")
    office = counter.desk.client

    page = office.get(RIGHTS).text

    assert "Régime alimentaire" in page and "Éducateur sportif" in page
    assert "Ne reçoit jamais" in page
    assert "si un parent le demande" in page
    assert "répondre aux personnes sur leurs données" in page
    assert "requires" not in page


@pytest.mark.parametrize("path", [REGISTER, f"{REGISTER}/1", PAPER, RIGHTS])
@pytest.mark.parametrize("role", ["counter", "dossiers", "desk_lead"])
def test_who_does_not_answer_for_data_finds_none_of_it(
    counter: Counter, path: str, role: str
) -> None:
    counter.signs_in(role)

    assert counter.desk.client.get(path).status_code == 404
