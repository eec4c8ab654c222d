"""A family asks for a school of another area: granted, or refused with its ways of appeal."""

from typing import Any

import pytest

from services.enrolment.models import SchoolWaiver
from services.enrolment.school_year.enrolments.commands.catchment_waivers import (
    LawObliges,
    WaiverDecided,
)
from services.enrolment.school_year.enrolments.commands.enrolling import NoSignature
from services.enrolment.school_year.enrolments.queries.catchment_waivers import (
    waiting_waivers_in_order,
    waiver_content,
)
from services.enrolment.store import store, vault
from shared.contracts.enrolment.school_year.enrolments import HEALTH, NoMotive, WaiverThere
from shared.contracts.errors import NotFound
from shared.database import Unreadable
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.factories import pdf, schools
from tests.factories import school_enrolments as make
from tests.factories.bookings import Home
from tests.factories.bookings import arrives as home_arrives
from tests.factories.enrolment import Provider, item
from tests.factories.places import Family

VEIL = "École Simone-Veil"


def asked(ens: Provider, first_name: str = "Manon") -> str:
    return str(make.asks_for_school(make.a_family(ens, first_name=first_name))["request_id"])


@pytest.mark.both_databases
def test_the_commission_has_them_by_points_and_the_same_seed_repeats_the_draw(
    ens: Provider,
) -> None:
    make.a_deliberation()
    veil = schools.a_school(VEIL)
    low = [
        make.asks_for_waiver(asked(ens, name), veil, make.WORKPLACE) for name in ("Bo", "Cy", "Di")
    ]
    high = make.asks_for_waiver(asked(ens, "Eve"), veil, make.SIBLING, make.WORKPLACE)

    with store.read() as read:
        first = [row.id for row in waiting_waivers_in_order(read, "2027")]
        again = [row.id for row in waiting_waivers_in_order(read, "2027")]

    assert first[0] == high and make.waiver(high).points == 50
    assert first == again and set(first[1:]) == set(low)


def test_inside_the_town_the_motives_are_the_deliberations(ens: Provider) -> None:
    make.a_deliberation()
    veil, request = schools.a_school(VEIL), asked(ens)
    for motives in ((), (HEALTH,), ("unheard_of",)):
        with pytest.raises(NoMotive):
            make.asks_for_waiver(request, veil, *motives)
    with pytest.raises(NoMotive):
        make.asks_for_waiver(request, None, make.SIBLING)
    make.asks_for_waiver(request, None, HEALTH)
    with pytest.raises(WaiverThere):
        make.asks_for_waiver(request, veil, make.SIBLING)


def test_a_waiver_of_a_request_that_is_decided_is_not_entered(ens: Provider) -> None:
    make.a_deliberation()
    make.somebody_signs()
    veil, request = schools.a_school(VEIL), asked(ens)
    make.decides(request, veil)
    with pytest.raises(NotFound):
        make.asks_for_waiver(request, veil, make.SIBLING)


@pytest.mark.both_databases
def test_a_refusal_has_a_letter_with_reason_appeals_and_who_signs(ens: Provider) -> None:
    make.a_deliberation()
    make.somebody_signs()
    waiver = make.asks_for_waiver(asked(ens), schools.a_school(VEIL), make.SIBLING)

    make.refuses(waiver)

    words = pdf.text(make.letter(waiver))
    for said in (
        "vers École Simone-Veil, est refusée",
        "il ne reste pas de place à ce niveau",
        "dans les deux mois",
        "recours gracieux",
        "Le maire de Démonstration, Mairie, 1 place de l’Hôtel-de-Ville",
        "tribunal administratif d’Orléans",
        "L. 131-5 et L. 212-7",
        "la délibération n° 2026-12",
        "12 rue des Lilas",
        "Hélène Garnier",
    ):
        assert said in words, said
    pdf.assert_shown_by_window(make.letter(waiver), ("12 rue des Lilas", "28990 Démonstration"))
    assert "frère" not in words  # the motive is the family's, the letter may be left on a table
    before = make.letter(waiver)
    make.somebody_signs(court="tribunal administratif de Rennes")
    assert make.letter(waiver) == before
    with pytest.raises(WaiverDecided):
        make.grants(waiver)


def test_for_another_commune_the_letter_names_the_law_of_that(ens: Provider) -> None:
    make.somebody_signs()
    waiver = make.asks_for_waiver(asked(ens), None, HEALTH)
    with pytest.raises(LawObliges):
        make.refuses(waiver, "no_place")

    make.refuses(waiver, "not_proven")

    words = pdf.text(make.letter(waiver))
    assert "L. 212-8 et R. 212-21" in words and "École du Bourg" in words
    assert "délibération" not in words and "santé" not in words


def test_nobody_is_refused_before_the_ways_of_appeal_are_known(ens: Provider) -> None:
    make.a_deliberation()
    make.somebody_signs(court="")
    waiver = make.asks_for_waiver(asked(ens), schools.a_school(VEIL), make.SIBLING)

    with pytest.raises(NoSignature):
        make.refuses(waiver)

    assert make.waiver(waiver).state == "waiting"
    make.grants(waiver)
    assert make.waiver(waiver).state == "granted"


def test_the_family_reads_the_decision_and_fetches_the_letter_of_a_refusal(ens: Provider) -> None:
    make.a_deliberation()
    make.somebody_signs()
    family = make.a_family(ens)
    request = make.asks_for_school(family)["request_id"]
    waiver = make.asks_for_waiver(request, schools.a_school(VEIL), make.SIBLING)
    with pytest.raises(NotFound):
        make.letter_part(family, waiver)

    make.refuses(waiver)

    assert make.letter_part(family, waiver)["name"] == "refus-derogation.pdf"
    with pytest.raises(NotFound):
        make.letter_part(make.a_family(ens, first_name="Lucas"), waiver)
    cards = [each for each in ens.published("family_card") if each["children"]]
    (line,) = cards[-1]["children"][0]["school_waivers"]
    assert (line["school"], line["state"]) == (VEIL, "refused")
    assert make.SIBLING not in str(cards)


def test_the_other_home_of_a_protected_child_reads_of_no_waiver(ens: Provider) -> None:
    home = Home(changes_on=1, child=make.child_of("CE1"))
    home_arrives(ens, home)
    ens.receives("family", item(home.child.id, 2, {**home.file, "protected": [home.at_claires]}))
    make.a_deliberation()
    make.somebody_signs()
    claire = Family(home.child, home.claire, home.at_claires)
    request = make.asks_for_school(claire)["request_id"]
    waiver = make.asks_for_waiver(request, schools.a_school(VEIL), make.SIBLING)
    make.refuses(waiver)

    assert make.letter_part(claire, waiver)
    with pytest.raises(NotFound):
        make.letter_part(Family(home.child, home.antoine, home.at_antoines), waiver)
    theirs = [c for c in ens.published("family_card") if c["household_id"] != home.at_claires]
    assert VEIL not in str(theirs)


def card_of(ens: Provider, household: str) -> dict[str, Any]:
    """Return what a household's last card says of its child."""
    cards = [each for each in ens.published("family_card") if each["household_id"] == household]
    return dict(cards[-1]["children"][0])


def notices(ens: Provider, kind: str) -> list[str]:
    """Return the households that had a notice of this kind."""
    return [each["household_id"] for each in ens.published("notice") if each["kind"] == kind]


@pytest.mark.both_databases
def test_a_family_asks_for_a_waiver_itself_and_takes_it_back(ens: Provider) -> None:
    make.a_deliberation()
    family, veil = make.a_family(ens), schools.a_school(VEIL)
    request = make.asks_for_school(family)["request_id"]

    asked = make.asks_for_waiver_at_portal(family, request, **make.wish(veil, make.SIBLING))

    row = make.waiver(asked["waiver_id"])
    assert (row.state, row.points, row.entered_by) == ("waiting", 40, family.guardian)
    (line,) = card_of(ens, family.household)["school_waivers"]
    assert (line["school"], line["state"], line["request_id"]) == (VEIL, "waiting", request)
    with pytest.raises(WaiverThere):
        make.asks_for_waiver_at_portal(family, request, **make.wish(veil, make.SIBLING))

    assert make.takes_waiver_back(family, row.id) == "withdrawn"
    assert make.takes_waiver_back(family, row.id) == "withdrawn"  # pressed twice
    assert card_of(ens, family.household)["school_waivers"] == []
    with store.read() as read, pytest.raises(Unreadable):
        waiver_content(vault, read.get_one(SchoolWaiver, row.id))
    again = make.asks_for_waiver_at_portal(family, request, **make.wish(veil, make.WORKPLACE))
    assert again["state"] == "waiting"


def test_a_school_and_a_waiver_are_asked_for_at_once_or_neither(ens: Provider) -> None:
    make.a_deliberation()
    family, veil = make.a_family(ens), schools.a_school(VEIL)
    with pytest.raises(NoMotive):
        make.asks_for_school(family, waiver=make.wish(veil, "unheard_of"))
    with pytest.raises(NotFound):
        make.asks_for_school(family, waiver=make.wish(new_id(), make.SIBLING))
    assert make.requests_asked() == [] and make.waivers_kept() == []

    request = make.asks_for_school(family, waiver=make.wish(None, HEALTH, proof="shown"))

    (row,) = make.waivers_kept()
    assert (row.request_id, row.school_id) == (request["request_id"], None)


def test_a_request_taken_back_takes_its_waiver_with_it(ens: Provider) -> None:
    make.a_deliberation()
    family, veil = make.a_family(ens), schools.a_school(VEIL)
    request = make.asks_for_school(family, waiver=make.wish(veil, make.SIBLING))["request_id"]

    make.takes_back(family, request)

    (row,) = make.waivers_kept()
    assert row.state == "withdrawn"
    with store.read() as read:
        assert waiting_waivers_in_order(read, "2027") == []


def test_a_waiver_that_is_decided_is_not_taken_back_and_a_strangers_is_not_there(
    ens: Provider,
) -> None:
    make.a_deliberation()
    family, veil = make.a_family(ens), schools.a_school(VEIL)
    request = make.asks_for_school(family)["request_id"]
    stranger = make.a_family(ens, first_name="Lucas")
    with pytest.raises(NotFound):
        make.asks_for_waiver_at_portal(stranger, request, **make.wish(veil, make.SIBLING))
    waiver = make.asks_for_waiver(request, veil, make.SIBLING)
    with pytest.raises(NotFound):
        make.takes_waiver_back(stranger, waiver)

    make.grants(waiver)

    assert make.takes_waiver_back(family, waiver) == "granted"
    assert notices(ens, "waiver_decided") == [family.household]


def test_what_is_decided_is_said_once_in_words_that_name_nobody(ens: Provider) -> None:
    make.a_deliberation()
    make.somebody_signs()
    family, veil = make.a_family(ens), schools.a_school(VEIL)
    request = make.asks_for_school(family)["request_id"]
    make.refuses(make.asks_for_waiver(request, veil, make.SIBLING))
    make.asked_for_papers(request)
    make.asked_for_papers(request)  # pressed twice, on one day
    make.admits(make.decides(request, veil), today())

    kinds = [each["kind"] for each in ens.published("notice")]
    assert kinds == ["waiver_decided", "school_papers", "school_decided", "school_admitted"]
    refused = ens.published("notice")[0]
    assert refused["detail"] == {} and family.child.first_name not in str(refused)


def test_the_other_home_of_a_protected_child_follows_its_own_waiver_alone(ens: Provider) -> None:
    home = Home(changes_on=1, child=make.child_of("CE1"))
    home_arrives(ens, home)
    ens.receives("family", item(home.child.id, 2, {**home.file, "protected": [home.at_claires]}))
    make.a_deliberation()
    make.somebody_signs()
    claire = Family(home.child, home.claire, home.at_claires)
    antoine = Family(home.child, home.antoine, home.at_antoines)
    veil, ferry = schools.a_school(VEIL), schools.a_school("École Jules-Ferry")
    request = make.asks_for_school(antoine)["request_id"]

    theirs = make.asks_for_waiver_at_portal(antoine, request, **make.wish(veil, make.SIBLING))
    make.refuses(theirs["waiver_id"])

    assert notices(ens, "waiver_decided") == sorted([home.at_claires, home.at_antoines])
    (line,) = card_of(ens, home.at_antoines)["school_waivers"]
    assert line["state"] == "refused" and make.letter_part(antoine, theirs["waiver_id"])
    make.admits(make.decides(request, ferry), today())
    assert notices(ens, "school_admitted") == [home.at_claires]
    told = [each for each in ens.published("notice") if each["household_id"] == home.at_antoines]
    assert "Jules-Ferry" not in str(told)
    asked = make.asks_for_school(claire)["request_id"]
    with pytest.raises(NotFound):
        make.asks_for_waiver_at_portal(antoine, asked, **make.wish(veil, make.SIBLING))


@pytest.mark.both_databases
def test_motives_are_published_without_their_points_when_they_change(ens: Provider) -> None:
    make.a_deliberation()
    make.a_deliberation()

    (told,) = ens.published("waiver_motives_published")
    assert [each["code"] for each in told["motives"]] == [make.SIBLING, make.WORKPLACE]
    assert "points" not in str(told)
