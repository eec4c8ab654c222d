"""
Schools, June's moving up and ONDE's files at a provider with the regime `school`.

The dossier answers as its contract says; what it does with a decision is tested beside it.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from services.enrolment.models import PupilMove, PupilMoves, SchoolClass
from services.enrolment.models.school_year.schools import DONE, DRAFT, SENDING, UNDONE
from services.enrolment.offer.rules.calendar import next_school_year, school_year_of
from services.enrolment.school_year.enrolments.queries.catchment_waivers import (
    motives_of_deliberation,
)
from services.enrolment.school_year.enrolments.queries.enrolments import certificate_signature
from services.enrolment.school_year.schools.commands import moving_up, onde, sending_pupil_moves
from services.enrolment.school_year.schools.commands import schools as commands
from services.enrolment.school_year.schools.commands.moving_up import DraftExists, NotADraft
from services.enrolment.school_year.schools.commands.onde import ClassesMissing
from services.enrolment.school_year.schools.commands.schools import NameTaken, PupilsThere, UaiTaken
from services.enrolment.school_year.schools.commands.sending_pupil_moves import TooLate
from services.enrolment.school_year.schools.queries.pupil_moves import (
    count_moves_by_outcome,
    moves_of_batch,
)
from services.enrolment.school_year.schools.queries.pupils import (
    children_without_school,
    pupils_of_schools,
)
from services.enrolment.school_year.schools.rules.moving_up import LEAVES, LEFT_OUT, UP
from services.enrolment.store import store, vault
from shared.contracts.enrolment.school_year import schools as contracts
from shared.contracts.errors import BadRequest
from shared.contracts.message import Caller
from shared.database import Unreadable
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import schools as make
from tests.factories.enrolment import Child, Provider
from tests.factories.school_enrolments import MAYOR_SIGNS
from tests.factories.schools import DossierOfSchooling
from tests.factories.travelling import answered

AGENT = new_id()


def this_year() -> str:
    return school_year_of(today())


def next_year() -> str:
    return next_school_year(this_year())


def drafted() -> str:
    with store.write() as write:
        return moving_up.draft_batch_of_moving_up(write, vault, next_year(), by=AGENT, now=now()).id


def decided(moves_id: str) -> None:
    with store.write() as write:
        sending_pupil_moves.mark_draft_of_moves_for_sending(
            write, vault, moves_id, by=AGENT, now=now()
        )


def undone(moves_id: str) -> None:
    with store.write() as write:
        sending_pupil_moves.undo_batch_of_moves(write, moves_id, by=AGENT, today=today())


def state_of(moves_id: str) -> str:
    with store.read() as read:
        row = read.get(PupilMoves, moves_id)
        assert row is not None
        return row.state


def lines(moves_id: str) -> dict[str, PupilMove]:
    with store.read() as read:
        return {move.child_id: move for move in moves_of_batch(read, moves_id)}


def outcomes(moves_id: str) -> dict[str, int]:
    with store.read() as read:
        return dict(count_moves_by_outcome(read, moves_id))


# Schools and classes


def test_a_pupil_is_found_at_its_school_however_the_name_is_typed(ens: Provider) -> None:
    school = make.a_school("École Jules-Ferry")
    there = make.pupil(ens, school="ecole jules ferry")
    make.pupil(ens, school="École d’ailleurs", first_name="Lucas")

    with store.read() as read:
        pupils = pupils_of_schools(read, vault)

    assert [(each.child_id, each.school_id) for each in pupils] == [(there.id, school)]


def test_two_schools_have_neither_one_name_nor_one_number(ens: Provider) -> None:
    make.a_school("École Jules-Ferry", uai="0750654D")
    with pytest.raises(NameTaken):
        make.a_school("ecole Jules Ferry")
    with pytest.raises(UaiTaken):
        make.a_school("École Simone-Veil", uai="0750654D")


def test_a_school_with_pupils_keeps_its_name(ens: Provider) -> None:
    make.a_school("École Jules-Ferry")
    (school,) = make.schools()
    fields = {name: getattr(school, name) for name in ("street", "postcode", "insee", "commune")}

    with store.write() as write, pytest.raises(PupilsThere):
        commands.save_school(
            write,
            school.id,
            commands.SchoolFields(name="École Neuve", uai=None, levels=("CP",), **fields),
            has_pupils=True,
        )


def test_classes_are_copied_into_the_next_year_once(ens: Provider) -> None:
    school = make.a_school()
    make.a_class(school, this_year(), "CP, Mme Aubin", "CP")
    make.a_class(school, this_year(), "CE1-CE2", "CE1", "CE2")

    for copied in (2, 0):
        with store.write() as write:
            assert commands.copy_classes(write, school, this_year(), next_year()) == copied


def test_schools_of_another_software_are_taken_once(ens: Provider) -> None:
    school = {
        "name": "École Jules-Ferry",
        "uai": "0750654D",
        "levels": ["CP", "CE1"],
        "classes": [{"name": "CP A", "levels": ["CP"], "places": 25}],
    }

    def imported(
        motives: Sequence[dict[str, Any]] = (),
        signed: dict[str, str] | None = None,
        **more: str,
    ) -> tuple[int, int]:
        answer = answered(
            ens.service,
            contracts.import_schools,
            Caller("ops", None, new_id()),
            school_year=this_year(),
            schools=[school | more],
            motives=list(motives),
            signature=signed,
        )
        return answer.schools, answer.classes

    motive = {"code": "travail", "label": "lieu de travail", "points": 10}
    assert imported(motives=[motive], signed=MAYOR_SIGNS) == (1, 1)
    assert imported() == imported(name="Jules-Ferry") == (0, 0)
    imported(motives=[motive | {"points": 90}], signed=MAYOR_SIGNS | {"signer": "Another"})
    with store.read() as read:
        assert [each.points for each in motives_of_deliberation(read)] == [10]
        assert certificate_signature(read).signer == MAYOR_SIGNS["signer"]  # type: ignore[union-attr]
    with pytest.raises(BadRequest):
        imported(uai="0750654E", name="Autre")


@pytest.mark.both_databases
def test_a_school_is_published_whole_when_it_changes_without_who_teaches(ens: Provider) -> None:
    school = make.a_school()
    make.a_class(school, this_year(), "CP A", "CP")
    make.a_class(school, next_year(), "CP B", "CP")
    for copied in (1, 0):
        with store.write() as write:
            assert commands.copy_classes(write, school, this_year(), next_year()) == copied

    told = ens.published("school_published")

    assert [each["version"] for each in told] == [1, 2, 3, 4]
    assert {each["school_id"] for each in told} == {school}
    content = told[-1]["content"]
    assert (content["name"], content["commune"]) == ("École Jules-Ferry", "Démonstration")
    assert [(each["school_year"], each["name"]) for each in content["classes"]] == [
        (this_year(), "CP A"),
        (next_year(), "CP A"),
        (next_year(), "CP B"),
    ]
    assert "Aubin" not in str(told)


def test_the_names_of_schools_are_answered_to_who_brings_children_in(ens: Provider) -> None:
    for name in ("École Simone-Veil", "École Jules-Ferry"):
        make.a_school(name)

    answer = answered(ens.service, contracts.school_names, Caller("ops", None, new_id()), after="")

    names = [each["name"] for each in answer.schools]
    assert (names, answer.next) == (["École Jules-Ferry", "École Simone-Veil"], "")


def test_children_of_school_age_in_no_school_are_listed(ens: Provider) -> None:
    year = int(this_year()[:4])
    make.a_school()
    make.pupil(ens, birth_date=f"{year - 6}-01-05")
    without = Child("Zoé", "Sans", f"{year - 5}-03-04")
    ens.receives_child(without, schooling={"school": "", "grade": "", "class_name": ""})
    ens.receives_child(Child("Bébé", "Petit", f"{year - 1}-03-04"))
    ens.receives_child(Child("Ado", "Grand", f"{year - 13}-03-04"))

    with store.read() as read:
        listed = children_without_school(read, vault, this_year())

    assert [each.child_id for each in listed] == [without.id]


# Moving up


def test_all_pupils_move_up_in_one_act_on_the_first_of_september(ens: Provider) -> None:
    school = make.a_school()
    make.a_class(school, next_year(), "CE1 A", "CE1")
    small = make.pupil(ens, "CP")
    big = make.pupil(ens, "CM2", "CM2 A", first_name="Lucas")
    dossier = DossierOfSchooling()

    batch = drafted()
    assert dossier.decides() == 0 and state_of(batch) == DRAFT
    decided(batch)
    dossier.all_of_it()

    assert state_of(batch) == DONE and outcomes(batch) == {"waits": 2}
    sent = {row["child_id"]: row for row in dossier.kept.values()}
    assert {row["holds_from"] for row in sent.values()} == {f"{next_year()[:4]}-09-01"}
    up = {name: sent[small.id][name] for name in ("school", "grade", "class_name")}
    assert up == {"school": "École Jules-Ferry", "grade": "CE1", "class_name": "CE1 A"}
    assert (sent[big.id]["school"], sent[big.id]["grade"]) == ("", "6e")


def test_who_is_kept_down_or_leaves_is_corrected_before_the_act(ens: Provider) -> None:
    school = make.a_school()
    kept, stays = make.pupil(ens), make.pupil(ens, first_name="Lucas")
    batch = drafted()
    with store.write() as write:
        down = moving_up.make_corrected_move(school, "CP", "CP A")
        moving_up.correct_moves(write, batch, [kept.id], down, skipped=False)
        moving_up.correct_moves(write, batch, [stays.id], down, skipped=True)
    dossier = DossierOfSchooling()

    decided(batch)
    dossier.all_of_it()

    (sent,) = dossier.kept.values()
    assert (sent["child_id"], sent["grade"], sent["class_name"]) == (kept.id, "CP", "CP A")
    with store.write() as write, pytest.raises(NotADraft):
        moving_up.correct_moves(write, batch, [stays.id], down, skipped=False)


def test_where_no_school_follows_nobody_moves_by_itself(ens: Provider) -> None:
    make.a_school("Les Lilas", levels=("PS", "MS", "GS"))
    child = make.pupil(ens, "GS", "GS A", "Les Lilas")
    batch = drafted()
    dossier = DossierOfSchooling()

    decided(batch)
    dossier.all_of_it()

    assert lines(batch)[child.id].skipped and dossier.kept == {}


def test_a_second_draft_of_the_same_year_is_refused(ens: Provider) -> None:
    drafted()
    with pytest.raises(DraftExists):
        drafted()


def test_a_provider_that_dies_in_between_decides_nothing_twice(ens: Provider) -> None:
    make.a_school()
    for at in range(120):
        make.pupil(ens, first_name=f"Enfant{at}")
    batch = drafted()
    decided(batch)
    dossier = DossierOfSchooling()

    dossier.decides()
    lost = dossier.asked_without_answer()
    ens.restarts()
    dossier.all_of_it()

    assert len(dossier.kept) == 120 and outcomes(batch) == {"waits": 120}
    assert dossier.asked[1] == lost
    assert [len(each) for each in dossier.asked] == [50, 50, 20]


def test_until_its_day_a_batch_is_undone_whole_and_not_after(ens: Provider) -> None:
    make.a_school()
    make.pupil(ens)
    make.pupil(ens, "CE1", first_name="Lucas")
    batch = drafted()
    decided(batch)
    dossier = DossierOfSchooling()
    dossier.all_of_it()

    with store.write() as write, pytest.raises(TooLate):
        sending_pupil_moves.undo_batch_of_moves(
            write, batch, by=AGENT, today=date(int(next_year()[:4]), 9, 1)
        )
    undone(batch)
    dossier.all_of_it()

    assert state_of(batch) == UNDONE and outcomes(batch) == {"withdrawn": 2}
    assert dossier.standing() == []


def test_what_is_undone_while_it_is_being_sent_leaves_nothing_behind(ens: Provider) -> None:
    make.a_school()
    for at in range(70):
        make.pupil(ens, first_name=f"Enfant{at}")
    batch = drafted()
    decided(batch)
    dossier = DossierOfSchooling()
    dossier.decides()
    assert state_of(batch) == SENDING

    undone(batch)
    dossier.all_of_it()

    assert state_of(batch) == UNDONE and dossier.standing() == []


# ONDE


HEADER = "Nom élève;Nom d'usage élève;Prénom élève;Date naissance;INE;Niveau;Libellé classe"


def onde_of(*rows: str) -> bytes:
    return "\r\n".join((HEADER, *rows)).encode("cp1252")


def from_file(school: str, content: bytes, year: str = "") -> str:
    with store.write() as write:
        return onde.draft_from_file(
            write, vault, school, year or this_year(), content, by=AGENT, now=now(), today=today()
        ).id


def unsettled(moves_id: str) -> onde.Unsettled:
    with store.read() as read:
        row = read.get(PupilMoves, moves_id)
        assert row is not None
        return onde.unresolved_lines_of_batch(vault, row)


def test_a_file_changes_the_class_of_whom_it_surely_names(ens: Provider) -> None:
    school = make.a_school()
    make.a_class(school, this_year(), "CP B", "CP")
    manon = make.pupil(ens, "CP", "CP, Mme Aubin")
    same = make.pupil(ens, "CP", "CP B", first_name="Lucas")
    dossier = DossierOfSchooling()

    batch = from_file(
        school,
        onde_of(
            "LEFEVRE;;MANON;02/03/2019;1234567890A;CP;CP B",
            "LEFEVRE;;Lucas;02/03/2019;1234567890B;CP;CP B",
            "INCONNUE;;Zoé;01/01/2019;1234567890C;CP;CP B",
            "LEFEVRE;;MANON",
        ),
    )
    found = unsettled(batch)
    assert ([each["first_name"] for each in found.unknown], found.unchanged) == (["Zoé"], 1)
    assert [(each["line"], each["code"]) for each in found.refused] == [(5, "short_row")]
    decided(batch)
    dossier.all_of_it()

    (sent,) = dossier.kept.values()
    assert (sent["child_id"], sent["class_name"]) == (manon.id, "CP B") != (same.id, "CP B")
    assert sent["holds_from"] == today().isoformat()


def test_a_doubtful_line_moves_nobody_before_a_person_has_looked(ens: Provider) -> None:
    school = make.a_school()
    make.a_class(school, this_year(), "CP B", "CP")
    manon = make.pupil(ens, "CP", "CP, Mme Aubin")
    batch = from_file(school, onde_of("LEFEVRE;;MANONN;02/03/2019;;CP;CP B"))
    (row,) = unsettled(batch).doubtful
    assert row["candidates"] == [manon.id] and manon.id not in lines(batch)

    with store.write() as write:
        onde.decide_doubtful_line(write, vault, batch, row["line"], manon.id)

    assert lines(batch)[manon.id].to_class == "CP B" and unsettled(batch).doubtful == []


def test_none_of_the_shown_children_leaves_the_line_without_effect(ens: Provider) -> None:
    school = make.a_school()
    make.pupil(ens, "CP", "CP, Mme Aubin")
    batch = from_file(school, onde_of("LEFEVRE;;MANONN;02/03/2019;;CP;CP B"))

    with store.write() as write:
        onde.decide_doubtful_line(write, vault, batch, 2, None)

    assert lines(batch) == {} and len(unsettled(batch).unknown) == 1


def test_a_file_of_one_class_removes_nobody(ens: Provider) -> None:
    school = make.a_school()
    make.a_class(school, this_year(), "CP A", "CP")
    make.pupil(ens, "CP", "CP A")
    absent = make.pupil(ens, "CP", "CP A", first_name="Lucas")
    make.pupil(ens, "CE1", "CE1 A", first_name="Jeanne")
    dossier = DossierOfSchooling()

    batch = from_file(school, onde_of("LEFEVRE;;MANON;02/03/2019;;CP;CP A"))
    assert {child: (move.why, move.skipped) for child, move in lines(batch).items()} == {
        absent.id: (LEFT_OUT, True)
    }
    decided(batch)
    dossier.all_of_it()

    assert dossier.kept == {}


def test_a_class_that_does_not_exist_is_created_or_the_file_waits(ens: Provider) -> None:
    school = make.a_school()
    make.pupil(ens, "CP", "CP A")
    batch = from_file(school, onde_of("LEFEVRE;;MANON;02/03/2019;;CP;CP Neuf"))

    with store.write() as write, pytest.raises(ClassesMissing):
        onde.refuse_missing_classes(write, vault, batch)
    with store.write() as write:
        assert onde.create_missing_classes(write, vault, batch) == 1
        onde.refuse_missing_classes(write, vault, batch)

    with store.read() as read:
        (row,) = read.scalars(select(SchoolClass))
        assert (row.name, row.levels, row.school_year) == ("CP Neuf", "CP", this_year())


def test_of_a_file_only_its_digest_stays_once_it_is_decided(ens: Provider) -> None:
    school = make.a_school()
    make.a_class(school, this_year(), "CP A", "CP")
    batch = from_file(school, onde_of("INCONNUE;;Zoé;01/01/2019;1234567890C;CP;CP A"))
    with store.read() as read:
        sealed = read.scalar(select(PupilMoves.unsettled))
        assert sealed is not None and b"INCONNUE" not in sealed

    decided(batch)

    with store.read() as read:
        row = read.get(PupilMoves, batch)
        assert row is not None and row.unsettled is None and len(row.file_digest or "") == 64
    with pytest.raises(Unreadable):
        vault.open(batch, "pupil_moves.unsettled", sealed)


def test_a_draft_that_is_dropped_leaves_nothing(ens: Provider) -> None:
    school = make.a_school()
    make.pupil(ens, "CP", "CP A")
    batch = from_file(school, onde_of("LEFEVRE;;MANON;02/03/2019;;CP;CP B"))

    with store.write() as write:
        moving_up.discard_draft(write, vault, batch)

    with store.read() as read:
        assert read.scalar(select(func.count()).select_from(PupilMove)) == 0


def test_an_undone_file_brings_back_what_june_had_decided(ens: Provider) -> None:
    school = make.a_school()
    make.a_class(school, next_year(), "CE1 A", "CE1")
    make.a_class(school, next_year(), "CE1 B", "CE1")
    manon = make.pupil(ens, "CP", "CP A")
    june = drafted()
    decided(june)
    dossier = DossierOfSchooling()
    dossier.all_of_it()
    july = from_file(school, onde_of("LEFEVRE;;MANON;02/03/2019;;CE1;CE1 B"), next_year())
    decided(july)
    dossier.all_of_it()
    assert outcomes(june) == {"replaced": 1}

    undone(july)
    dossier.all_of_it()

    assert outcomes(june) == {"waits": 1} and outcomes(july) == {"withdrawn": 1}
    standing = dossier.standing()[-1]
    assert (standing["child_id"], standing["grade"], standing["class_name"]) == (
        manon.id,
        "CE1",
        "",
    )
    assert {move.why for move in lines(june).values()} == {UP} != {LEAVES}
