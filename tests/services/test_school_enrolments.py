"""
A family asks for a school, the town decides, the certificate stands until it is withdrawn.

The dossier is asked for what was decided as for any school (`test_schools.py`).
"""

from datetime import UTC, date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.enrolment.children.commands import replica
from services.enrolment.models import SchoolEnrolment, SchoolRequest, SchoolWaiver
from services.enrolment.models.school_year.schools import SENDING, UNDOING
from services.enrolment.offer.rules.calendar import (
    next_school_year,
    school_year_days,
    school_year_of,
)
from services.enrolment.school_year.enrolments.commands import requests
from services.enrolment.school_year.enrolments.commands.enrolling import (
    DecidedAlready,
    NoSignature,
    NotPossible,
    NotThatDay,
    WithdrawnAlready,
)
from services.enrolment.school_year.enrolments.queries.requests import answers_by_address
from services.enrolment.school_year.enrolments.rules.obstacles_to_enrolling import (
    BEFORE_BIRTH,
    FULL,
    NO_LEVEL,
    OFF_AGE,
    SAME_SCHOOL,
)
from services.enrolment.school_year.schools.commands import moving_up, sending_pupil_moves
from services.enrolment.school_year.schools.commands.catchment import set_streets_of_school
from services.enrolment.school_year.schools.queries.pupil_moves import moves_of_batch
from services.enrolment.school_year.schools.rules.catchment import OTHER_COMMUNE
from services.enrolment.school_year.schools.rules.moving_up import ENROLLED as ENROLLED_BEFORE
from services.enrolment.school_year.schools.rules.moving_up import UP
from services.enrolment.school_year.schools.rules.street_lists import StreetLine
from services.enrolment.store import store, vault
from shared.contracts.enrolment.school_year.enrolments import (
    ASKED,
    ENROLLED,
    WITHDRAWN,
    AlreadyAsked,
    request_school,
)
from shared.contracts.errors import BadRequest, NotEntitled, NotFound
from shared.contracts.message import ContractBroken
from shared.database import Unreadable
from shared.dates.clock import midnight, now, today
from shared.runtime.ids import new_id
from tests.factories import pdf, schools
from tests.factories import school_enrolments as make
from tests.factories.bookings import Home
from tests.factories.bookings import arrives as home_arrives
from tests.factories.enrolment import Provider, item
from tests.factories.places import Family, arrives
from tests.factories.schools import DossierOfSchooling

DAY = timedelta(days=1)
FERRY, VEIL = "École Jules-Ferry", "École Simone-Veil"


def this_year() -> str:
    return school_year_of(today())


def card(ens: Provider, household: str) -> dict[str, Any]:
    """Return the child on a household's last card."""
    cards = [each for each in ens.published("family_card") if each["household_id"] == household]
    return dict(cards[-1]["children"][0])


# The request


@pytest.mark.both_databases
def test_a_request_is_at_the_desk_with_its_papers_and_on_the_familys_card(ens: Provider) -> None:
    family = make.a_family(ens)

    answer = make.asks_for_school(family)

    row = make.request(answer["request_id"])
    assert (row.state, row.level, row.channel) == (ASKED, "CE1", "portal")
    assert row.papers == make.SWORN
    assert make.addresses(row.id) == [make.LILAS]
    shown = card(ens, family.household)["school_requests"]
    assert [each["request_id"] for each in shown] == [row.id]


def test_missing_papers_hold_nothing_up(ens: Provider) -> None:
    family, school = make.a_family(ens), schools.a_school(FERRY)
    make.somebody_signs()
    none = dict.fromkeys(make.SWORN, "later")

    asked = make.asks_for_school(family, papers=none)

    assert make.enrolment(make.decides(asked["request_id"], school)).number.endswith("-0001")


def test_a_fourth_paper_cannot_be_asked_for(ens: Provider) -> None:
    content = {
        "child_id": new_id(),
        "link_version": 1,
        "school_year": this_year(),
        "level": "CP",
        "address": make.LILAS,
        "papers": {**make.SWORN, "vaccination": "shown"},
    }
    with pytest.raises(ContractBroken):
        request_school.load_request(content)


@pytest.mark.both_databases
def test_a_request_waits_for_the_childs_file_and_is_then_decided_like_any(ens: Provider) -> None:
    family, school = Family(make.child_of("CE1")), schools.a_school(FERRY)
    make.somebody_signs()
    asked = make.asks_for_school(family)
    with pytest.raises(NotFound):
        make.decides(asked["request_id"], school)

    arrives(ens, family)

    assert card(ens, family.household)["school_requests"]
    make.decides(asked["request_id"], school)
    assert make.request(asked["request_id"]).state == ENROLLED


def test_who_is_no_guardian_by_the_file_that_comes_has_asked_for_nothing(ens: Provider) -> None:
    family, stranger = Family(make.child_of("CE1")), Family()
    stranger.child = family.child
    asked = make.asks_for_school(stranger)

    arrives(ens, family)

    assert make.request(asked["request_id"]).state == WITHDRAWN
    with pytest.raises(Unreadable):
        make.addresses(asked["request_id"])
    with pytest.raises(NotEntitled):
        make.asks_for_school(stranger)


def test_the_other_home_of_a_protected_child_is_not_told_that_a_school_was_asked_for(
    ens: Provider,
) -> None:
    home = Home(changes_on=1, child=make.child_of("CE1"))
    home_arrives(ens, home)
    ens.receives("family", item(home.child.id, 2, {**home.file, "protected": [home.at_claires]}))
    claire = Family(home.child, home.claire, home.at_claires)
    antoine = Family(home.child, home.antoine, home.at_antoines)
    asked = make.asks_for_school(claire)

    make.asks_for_school(antoine)

    with pytest.raises(NotFound):
        make.takes_back(antoine, asked["request_id"])
    for each in (claire, antoine):
        with pytest.raises(AlreadyAsked):
            make.asks_for_school(each)


def test_one_request_of_a_child_is_decided_at_a_time(ens: Provider) -> None:
    family = make.a_family(ens)
    asked = make.asks_for_school(family)
    with pytest.raises(AlreadyAsked):
        make.asks_for_school(family)

    assert make.takes_back(family, asked["request_id"]) == WITHDRAWN
    assert make.takes_back(family, asked["request_id"]) == WITHDRAWN  # sent twice
    with pytest.raises(Unreadable):
        make.addresses(asked["request_id"])
    assert make.asks_for_school(family)["state"] == ASKED


def test_who_asked_and_answers_for_the_child_no_more_takes_nothing_back(ens: Provider) -> None:
    family = make.a_family(ens)
    asked = make.asks_for_school(family)
    stays = Family(family.child, household=family.household)
    ens.receives("family", item(family.child.id, 2, stays.file))

    with pytest.raises(NotFound):
        make.takes_back(family, asked["request_id"])
    assert make.takes_back(stays, asked["request_id"]) == WITHDRAWN


def test_another_family_takes_no_request_back(ens: Provider) -> None:
    asked = make.asks_for_school(make.a_family(ens))
    with pytest.raises(NotFound):
        make.takes_back(Family(), asked["request_id"])


def test_a_school_year_that_is_over_is_not_asked_for(ens: Provider) -> None:
    family, first = make.a_family(ens), int(this_year()[:4])
    for year in (f"{first - 1}-{first}", f"{first + 2}-{first + 3}"):
        with pytest.raises(BadRequest):
            make.asks_for_school(family, school_year=year)
    assert make.asks_for_school(family, school_year=next_school_year(this_year()))


def test_the_school_of_each_address_is_named_and_either_may_be_the_basis(ens: Provider) -> None:
    ferry, family = schools.a_school(FERRY), make.a_family(ens)
    with store.write() as write:
        set_streets_of_school(
            write, ferry, "28901", [StreetLine("rue des Lilas", "all", None, None)]
        )
    asked = make.asks_for_school(family)
    far = {"street": "3 rue du Port", "postcode": "28000", "insee": "", "commune": "Ailleurs"}

    with store.write() as write:
        requests.add_address(write, vault, asked["request_id"], far)  # type: ignore[arg-type]
    with store.write() as write, pytest.raises(NotFound):
        requests.add_address(write, vault, asked["request_id"], far)  # type: ignore[arg-type]

    with store.read() as read:
        first, second = answers_by_address(read, vault, make.request(asked["request_id"]))
    assert first.answer.school_id == ferry
    assert second.answer.why == OTHER_COMMUNE


# The decision


@pytest.mark.both_databases
def test_a_decision_leaves_for_the_dossier_and_the_family_reads_it(ens: Provider) -> None:
    family, school = make.a_family(ens), schools.a_school(FERRY)
    make.somebody_signs()
    asked, dossier = make.asks_for_school(family), DossierOfSchooling()

    enrolled = make.enrolment(make.decides(asked["request_id"], school))
    dossier.all_of_it()

    (told,) = dossier.standing()
    assert (told["child_id"], told["school"], told["grade"]) == (family.child.id, FERRY, "CE1")
    assert told["holds_from"] == today().isoformat()
    shown = card(ens, family.household)
    assert shown["school_requests"] == []
    (line,) = shown["school_enrolments"]
    assert (line["number"], line["school"], line["withdrawn_at"]) == (enrolled.number, FERRY, None)
    assert [each["kind"] for each in ens.published("notice")] == ["school_decided"]
    with pytest.raises(DecidedAlready):
        make.decides(asked["request_id"], school)


def test_acts_are_numbered_without_a_gap(ens: Provider) -> None:
    school = schools.a_school(FERRY)
    make.somebody_signs()
    for name in ("Manon", "Lucas", "Zoé"):
        asked = make.asks_for_school(make.a_family(ens, first_name=name))
        with pytest.raises(NotPossible):
            make.decides(asked["request_id"], school, level="CM2")
        make.decides(asked["request_id"], school)

    assert [each.act_number for each in make.enrolments()] == [1, 2, 3]


def test_nobody_is_enrolled_before_it_is_said_who_signs(ens: Provider) -> None:
    asked = make.asks_for_school(make.a_family(ens))
    school = schools.a_school(FERRY)

    with pytest.raises(NoSignature):
        make.decides(asked["request_id"], school)

    assert (make.enrolments(), make.moves_on_their_way()) == ([], [])
    assert make.request(asked["request_id"]).state == ASKED


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"level": "TPS"}, NO_LEVEL),
        ({"level": "CM2"}, OFF_AGE),
        ({"holds_from": date(1990, 9, 3)}, BEFORE_BIRTH),
    ],
    ids=["no-level", "off-age", "before-birth"],
)
def test_what_cannot_be_decided_leaves_nothing_half_done(
    ens: Provider, more: dict[str, Any], reason: str
) -> None:
    asked, school = make.asks_for_school(make.a_family(ens)), schools.a_school(FERRY)
    make.somebody_signs()

    with pytest.raises(NotPossible) as refusal:
        make.decides(asked["request_id"], school, **more)

    assert reason in refusal.value.detail["reasons"]
    assert (make.enrolments(), make.moves_on_their_way()) == ([], [])


def test_the_last_place_is_given_once_and_more_only_on_purpose(ens: Provider) -> None:
    school = schools.a_school(FERRY)
    schools.a_class(school, this_year(), "CE1", "CE1", places=2)
    make.somebody_signs()
    schools.pupil(ens, "CE1", "CE1", FERRY, first_name="Anna")
    first, second = (make.asks_for_school(make.a_family(ens, first_name=n)) for n in ("Bo", "Cy"))
    make.decides(first["request_id"], school)

    with pytest.raises(NotPossible) as refusal:
        make.decides(second["request_id"], school)

    assert refusal.value.detail["reasons"] == [FULL]
    make.decides(second["request_id"], school, over_places=True)


def test_places_of_september_count_who_moves_up_and_who_is_enrolled(ens: Provider) -> None:
    school, year = schools.a_school(FERRY), next_school_year(this_year())
    schools.a_class(school, year, "CE2", "CE2", places=1)
    make.somebody_signs()
    september = today().replace(year=int(year[:4]), month=9, day=1)
    first, second = (make.asks_for_school(make.a_family(ens, first_name=n)) for n in ("Bo", "Cy"))
    make.decides(first["request_id"], school, level="CE2", holds_from=september)

    with pytest.raises(NotPossible):
        make.decides(second["request_id"], school, level="CE2", holds_from=september)


def test_june_moves_nobody_up_whose_certificate_names_another_school(ens: Provider) -> None:
    schools.a_school(FERRY)
    veil = schools.a_school(VEIL)
    family, year = make.a_family(ens), next_school_year(this_year())
    here = {"school": FERRY, "grade": "CE1", "class_name": "CE1 A"}
    schools.arrives(ens, [{"child_id": family.child.id, **here}], 2)
    stays = schools.pupil(ens, "CE1", first_name="Lucas")
    make.somebody_signs()
    september = school_year_days(year)[0]
    asked = make.asks_for_school(family, school_year=year, level="CE2")["request_id"]
    enrolment = make.decides(asked, veil, level="CE2", holds_from=september)
    dossier = DossierOfSchooling()
    dossier.all_of_it()

    with store.write() as write:
        batch = moving_up.draft_batch_of_moving_up(write, vault, year, by=make.AGENT, now=now()).id
        sending_pupil_moves.mark_draft_of_moves_for_sending(
            write, vault, batch, by=make.AGENT, now=now()
        )
    dossier.all_of_it()

    told = {row["child_id"]: row["school"] for row in dossier.standing()}
    assert told == {family.child.id: VEIL, stays.id: FERRY}
    assert make.enrolment(enrolment).withdrawn_at is None
    with store.read() as read:
        reasons = {row.child_id: row.why for row in moves_of_batch(read, batch)}
    assert reasons == {family.child.id: ENROLLED_BEFORE, stays.id: UP}


def test_a_child_who_changes_school_has_one_certificate_that_stands(ens: Provider) -> None:
    family, ferry, veil = make.a_family(ens), schools.a_school(FERRY), schools.a_school(VEIL)
    make.somebody_signs()
    former = make.decides(make.asks_for_school(family)["request_id"], ferry)

    again = make.asks_for_school(family)["request_id"]
    with pytest.raises(NotPossible) as refusal:
        make.decides(again, ferry)
    later = make.decides(again, veil)

    assert refusal.value.detail["reasons"] == [SAME_SCHOOL]
    assert make.enrolment(former).withdrawn_for == "replaced"
    assert make.enrolment(former).replaced_by == later
    assert make.enrolment(later).withdrawn_at is None


def test_a_decision_for_today_takes_back_the_one_that_waited_for_september(ens: Provider) -> None:
    family, ferry, veil = make.a_family(ens), schools.a_school(FERRY), schools.a_school(VEIL)
    make.somebody_signs()
    dossier = DossierOfSchooling()
    make.decides(make.asks_for_school(family)["request_id"], ferry, holds_from=today() + 30 * DAY)
    dossier.all_of_it()

    make.decides(make.asks_for_school(family)["request_id"], veil)
    assert {state for state, *_ in make.moves_on_their_way()} == {UNDOING, SENDING}
    dossier.all_of_it()

    assert [each["school"] for each in dossier.standing()] == [VEIL]


# The certificate


def enrolled(ens: Provider, **signs: str) -> tuple[Family, str]:
    family, school = make.a_family(ens), schools.a_school(FERRY, uai="0750654D")
    make.somebody_signs(**signs)
    return family, make.decides(make.asks_for_school(family)["request_id"], school)


def test_the_certificate_says_who_where_when_by_which_law_and_who_signs(ens: Provider) -> None:
    family, key = enrolled(ens)

    content = make.certificate(key)

    words = pdf.text(content)
    for said in (
        make.enrolment(key).number,
        "Manon LEFÈVRE",
        FERRY,
        "0750654D",
        "CE1 (cours élémentaire, première année)",
        this_year(),
        "L. 131-5",
        "la délibération n° 2026-12 du 3 mars 2026",
        "Le maire de Démonstration, agissant au nom de la commune",
        "Hélène Garnier",
        "Fait à Démonstration, le",
    ):
        assert said in words, said
    assert "Retiré" not in words and "Lilas" not in words
    assert family.child.birth_date[:4] in words


def test_the_certificate_is_tagged_in_french_and_titled(ens: Provider) -> None:
    _family, key = enrolled(ens)
    with pdf.opened(make.certificate(key)) as document:
        assert str(document.Root.Lang).startswith("fr")
        assert bool(document.Root.MarkInfo.Marked)
        assert bool(document.Root.ViewerPreferences.DisplayDocTitle)
        with document.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
    assert "H1" in pdf.roles(make.certificate(key))


def test_a_certificate_keeps_its_bytes_when_a_name_or_who_signs_changes(ens: Provider) -> None:
    family, key = enrolled(ens)
    before = make.certificate(key)

    corrected = {**family.child.care_core(), "last_name": "Morel"}
    ens.receives("care_core", item(family.child.id, 2, corrected))
    make.somebody_signs(signer="Paul Rivière")

    assert make.certificate(key) == before
    decided = make.enrolment(key).decided_at.astimezone(UTC)
    with pdf.opened(before) as document:
        assert str(document.docinfo.CreationDate).startswith(f"D:{decided:%Y%m%d%H%M%S}")


def test_the_president_of_the_communes_signs_where_they_have_the_competence(ens: Provider) -> None:
    _family, key = enrolled(
        ens, acts_as="president", quality="La présidente de Démonstration Agglomération"
    )
    words = pdf.text(make.certificate(key))
    assert "La présidente de Démonstration Agglomération, agissant au nom du groupement" in words


@pytest.mark.both_databases
def test_a_withdrawn_certificate_says_so_and_the_dossier_goes_back(ens: Provider) -> None:
    family, key = enrolled(ens)
    dossier = DossierOfSchooling()
    dossier.all_of_it()

    make.withdraws(key, "left")
    dossier.all_of_it()

    assert dossier.standing() == []
    words = pdf.text(make.certificate(key))
    assert f"acte n° {make.enrolment(key).number}-R" in words and "ne vaut plus" in words
    assert card(ens, family.household)["school_enrolments"][0]["withdrawn_at"]
    assert [each["kind"] for each in ens.published("notice")][-1] == "school_withdrawn"
    with pytest.raises(WithdrawnAlready):
        make.withdraws(key)


def test_the_family_fetches_its_certificate_and_no_other_family_does(ens: Provider) -> None:
    family, key = enrolled(ens)

    part = make.certificate_part(family, key)

    assert part["name"] == f"certificat-inscription-{make.enrolment(key).number}.pdf"
    other = make.a_family(ens, first_name="Lucas")
    with pytest.raises(NotFound):
        make.certificate_part(other, key)
    stranger = Family(family.child)
    with pytest.raises(NotFound):
        make.certificate_part(stranger, key)


def test_the_other_home_of_a_protected_child_learns_of_no_school(ens: Provider) -> None:
    home = Home(changes_on=1, child=make.child_of("CE1"))
    home_arrives(ens, home)
    ens.receives("family", item(home.child.id, 2, {**home.file, "protected": [home.at_claires]}))
    claire = Family(home.child, home.claire, home.at_claires)
    antoine = Family(home.child, home.antoine, home.at_antoines)
    make.somebody_signs()
    asked = make.asks_for_school(claire)
    key = make.decides(asked["request_id"], schools.a_school(FERRY))

    assert card(ens, home.at_claires)["school_enrolments"]
    assert {each["household_id"] for each in ens.published("notice")} == {home.at_claires}
    assert make.certificate_part(claire, key)
    with pytest.raises(NotFound):
        make.certificate_part(antoine, key)
    assert FERRY not in str(
        [each for each in ens.published("family_card") if each["household_id"] != home.at_claires]
    )


# The admission, and the end


def test_the_school_notes_the_day_of_admission_between_enrolment_and_today(ens: Provider) -> None:
    family, key = enrolled(ens)
    for day in (today() - DAY, today() + DAY):
        with pytest.raises(NotThatDay):
            make.admits(key, day)

    make.admits(key, today())

    assert make.enrolment(key).admitted_on == today()
    shown = card(ens, family.household)["school_enrolments"][0]
    assert shown["admitted_on"] == today().isoformat()


def test_a_withdrawn_certificate_admits_nobody(ens: Provider) -> None:
    _family, key = enrolled(ens)
    make.withdraws(key)
    with pytest.raises(WithdrawnAlready):
        make.admits(key, today())


@pytest.mark.both_databases
def test_what_was_sealed_of_a_child_who_is_here_no_longer_is_erased(ens: Provider) -> None:
    family, _key = enrolled(ens)
    make.asks_for_school(family)
    assert make.requests_erased() == 0
    keys = ens.keys()

    ens.receives("care_core", item(family.child.id, 3, None, now() - DAY))
    with store.write() as write:
        replica.erase_due_contents(write, vault, now())
    make.requests_erased()

    assert make.enrolments() == []
    assert ens.keys() < keys


@pytest.mark.both_databases
def test_what_was_withdrawn_or_refused_years_ago_is_erased_and_what_is_valid_stays_whole(
    ens: Provider,
) -> None:
    make.a_deliberation()
    family, _key = enrolled(ens)
    veil = schools.a_school("École Simone Veil")
    (valid,) = make.enrolments()
    request_id = make.asks_for_school(make.a_family(ens))["request_id"]
    gone = make.enrolment(make.decides(request_id, valid.school_id))
    make.withdraws(gone.id)
    third = make.a_family(ens)
    refused = make.asks_for_waiver(make.asks_for_school(third)["request_id"], veil, make.SIBLING)
    make.refuses(refused)
    recent = {each.id for each in (*make.enrolments(), *make.waivers_kept())}
    ens.service.erase_past_activities()
    assert {each.id for each in (*make.enrolments(), *make.waivers_kept())} == recent
    keys = ens.keys()

    with store.write() as write:
        ages = midnight(date(2019, 10, 1))
        for row in write.scalars(select(SchoolRequest)):
            row.submitted_at = ages
        write.get_one(SchoolEnrolment, gone.id).withdrawn_at = ages
        write.get_one(SchoolEnrolment, valid.id).decided_at = ages
        write.get_one(SchoolWaiver, refused).decided_at = ages
    for _ in range(2):
        ens.service.erase_past_activities()

    assert [each.id for each in make.enrolments()] == [valid.id]
    assert make.waivers_kept() == []
    with store.read() as read:
        left = read.execute(select(SchoolRequest.child_id, SchoolRequest.state)).all()
    assert sorted(left) == sorted([(family.child.id, ENROLLED), (third.child.id, ASKED)])
    assert ens.keys() == keys - 3, "of the enrolment, its request and the waiver"
    assert make.certificate(valid.id)
