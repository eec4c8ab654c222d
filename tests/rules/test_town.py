"""A town file that is in order is read whole, whatever the town has or does without."""

from datetime import date
from pathlib import Path

from deploy.register.town_file.town import read_town
from tests.factories.town_files import DEMO, TEXT, leisure_centre, spoilt, town_of


def test_the_demo_town_is_read_with_its_two_providers() -> None:
    town = read_town(DEMO)

    assert (town.code, town.name, town.demo) == ("demo", "Ville de Démonstration", True)
    assert town.provider_principals == ("enrolment_ens", "enrolment_agg")
    assert [section.code for section in town.sections][:2] == ["identity", "contacts"]
    assert len({commune.insee for commune in town.communes}) == 12


def test_the_canteen_is_given_the_allergy_and_the_sports_club_only_what_swimming_adds() -> None:
    ens, agg = read_town(DEMO).providers

    assert {"diet", "allergies"} <= ens.entitlements.keys()
    assert agg.entitlements.keys() == {
        "care_core",
        "swimming",
        "insurance_date",
        "consents",
        "family",
    }
    assert "swimming" not in ens.entitlements


def test_a_commune_that_left_and_came_back_belongs_on_the_right_days() -> None:
    stays = [c for c in read_town(DEMO).communes if c.insee == "28911"]

    left, back = date(2018, 1, 1), date(2021, 1, 1)
    assert [stay.member_to for stay in stays] == [left, None]
    assert stays[1].member_from == back


def test_a_family_reads_how_long_a_section_is_kept() -> None:
    sections = {section.code: section for section in read_town(DEMO).sections}

    assert sections["schooling"].retention_in_words == (
        "1\u00a0an après la fin de l’année scolaire"
    )
    assert sections["diet"].retention_in_words.startswith("1\u00a0mois ")
    assert sections["identity"].retention_in_words.startswith("3\u00a0ans ")


def test_health_and_diet_carry_a_ground_of_article_9_and_the_class_does_not() -> None:
    ens = read_town(DEMO).providers[0]

    assert "9-2-g" in ens.legal_basis_for("allergies")
    assert "9-2-g" in ens.legal_basis_for("care_core")
    assert "9-2-g" not in ens.legal_basis_for("schooling")


def test_insee_codes_need_no_quotes_and_corsica_has_letters(tmp_path: Path) -> None:
    text = spoilt('insee: "28902"', "insee: 01004").replace('insee: "28903"', "insee: 2A004")

    assert {"01004", "2A004"} <= {commune.insee for commune in town_of(text, tmp_path).communes}


def test_another_town_fits_by_its_file_alone(tmp_path: Path) -> None:
    town = town_of(leisure_centre("leisure_centre"), tmp_path)

    assert "health_sheet" in town.providers[1].entitlements


def test_a_town_that_lists_no_diets_has_the_usual_ones(tmp_path: Path) -> None:
    start, end = TEXT.index("diets:\n"), TEXT.index("# The central desk")

    assert town_of(TEXT[:start] + TEXT[end:], tmp_path).diets == read_town(DEMO).diets


def test_the_demo_town_has_a_front_desk_with_four_roles() -> None:
    desk = read_town(DEMO).front_desk

    assert desk is not None
    assert (desk.label, desk.administrator.login) == ("Guichet unique", "omar.delcourt")
    assert [(role.code, role.permissions) for role in desk.roles] == [
        ("counter", ("check_dossiers", "accompany")),
        ("dossiers", ("check_dossiers", "correct", "join")),
        ("desk_lead", ("check_dossiers", "protect", "correct", "join")),
        ("data_protection", ("person_requests",)),
    ]


def test_a_town_may_have_no_front_desk(tmp_path: Path) -> None:
    start, end = TEXT.index("front_desk:\n"), TEXT.index("# The providers: each one")

    assert town_of(TEXT[:start] + TEXT[end:], tmp_path).front_desk is None


def test_a_town_has_its_shades_by_day_and_by_night_and_its_arms() -> None:
    identity = read_town(DEMO).identity

    assert identity is not None
    assert identity.light["town"] == identity.colour == "#17489b"
    assert identity.dark["town"] != identity.colour
    assert identity.arms_type == "image/svg+xml"


def test_a_town_without_a_look_of_its_own_is_a_town(tmp_path: Path) -> None:
    begin, end = TEXT.index("identity:\n"), TEXT.index("# Where families are received;")

    assert town_of(TEXT[:begin] + TEXT[end:], tmp_path).identity is None
