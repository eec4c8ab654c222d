"""The words of `apply` on a widening while the data protection office has not answered."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.applied_town import Applied
from deploy.doctor.engines.broker import check_town_file
from deploy.instance.instance import Instance
from deploy.provisioning.apply import compile_register_in_force, prepare_secrets
from deploy.provisioning.approval_requests import answer_of_office, ask_and_sign_approved_widenings
from deploy.provisioning.data_protection_answers import OfficeAnswers
from deploy.provisioning.pending_widenings import (
    note_approval_of_widenings,
    requests_signed_before,
    widenings_to_approve,
)
from deploy.register.town_file.town import TownRefused
from deploy.register.widenings import digest_of_widenings
from shared.contracts.portal_gateway.widening_approvals import (
    APPROVED,
    REFUSED,
    WAITING,
    AskApprovalAnswer,
)
from shared.runtime.ids import new_id

SAID = AskApprovalAnswer(new_id(), WAITING, "", "")
REWORDED = ("Affecter l’enfant à son école et à sa classe", "Affecter l’enfant, lui écrire")


@pytest.fixture
def applied(tmp_path: Path) -> Applied:
    """Give a town that was applied once, whose broker is down."""
    applied = Applied(Instance(tmp_path / "var", 9790))
    register = compile_register_in_force(applied)
    prepare_secrets(applied, register)
    applied.instance.register_path.write_text(json.dumps(register), "utf-8")
    return applied


def widen(applied: Applied) -> None:
    file = applied.town_file
    file.write_text(file.read_text("utf-8").replace(*REWORDED), "utf-8")


def test_where_nothing_is_wider_nobody_is_asked(applied: Applied) -> None:
    assert ask_and_sign_approved_widenings(applied) == ""


def test_a_front_desk_that_is_down_is_said_and_nothing_is_approved(applied: Applied) -> None:
    widen(applied)

    assert "does not answer" in ask_and_sign_approved_widenings(applied)

    assert answer_of_office(applied, widenings_to_approve(applied)) is None
    with pytest.raises(TownRefused, match="not approved: ens would use schooling"):
        compile_register_in_force(applied)


def test_a_signed_line_names_the_request_and_the_command_names_none(applied: Applied) -> None:
    widen(applied)
    asked, request = widenings_to_approve(applied), new_id()

    note_approval_of_widenings(
        applied, asked, name="Frédérique Arnaud", reason="Lu.", request=request
    )

    assert requests_signed_before(applied, asked) == [request]
    assert requests_signed_before(applied, asked[:0]) == []
    assert widenings_to_approve(applied) == []
    assert ask_and_sign_approved_widenings(applied) == ""


def test_what_is_approved_is_what_was_shown_though_the_file_grew_meanwhile(
    applied: Applied,
) -> None:
    widen(applied)
    shown = widenings_to_approve(applied)
    file = applied.town_file
    file.write_text(
        file.read_text("utf-8").replace("retention: 1 month", "retention: 2 years"), "utf-8"
    )

    note_approval_of_widenings(applied, shown, name="Frédérique Arnaud", reason="Lu.")

    left = widenings_to_approve(applied)
    assert left and {each.kind for each in left} == {"retention"}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (None, "nobody has approved it"),
        (SAID, "waits for the data protection office"),
        (replace(SAID, verdict=REFUSED, name="Frédérique Arnaud", reason="Non."), "office refused"),
    ],
)
def test_the_doctor_says_what_the_office_has_said(
    applied: Applied, said: AskApprovalAnswer | None, words: str
) -> None:
    widen(applied)
    if said is not None:
        asked = digest_of_widenings(widenings_to_approve(applied))
        OfficeAnswers().with_answer(said, asked).write_answers(applied.instance.home / "asked.json")

    (finding,) = check_town_file(applied)

    assert words in str(finding)


def test_the_word_on_an_earlier_difference_is_not_said_of_what_the_file_says_now(
    applied: Applied,
) -> None:
    refused = replace(SAID, verdict=REFUSED, name="Frédérique Arnaud", reason="Non.")
    OfficeAnswers().with_answer(refused, "d" * 64).write_answers(
        applied.instance.home / "asked.json"
    )
    widen(applied)

    (finding,) = check_town_file(applied)

    assert "nobody has approved it" in str(finding)


def test_a_request_with_fewer_decisions_than_were_seen_here_was_set_back() -> None:
    approved = replace(SAID, verdict=APPROVED, decisions=1)
    refused = replace(SAID, verdict=REFUSED, decisions=2)
    seen = OfficeAnswers().with_answer(refused, "d" * 64)

    assert seen.were_more_decisions_seen(approved) and not seen.were_more_decisions_seen(refused)
    assert seen.without_question().were_more_decisions_seen(approved)
    assert not seen.were_more_decisions_seen(replace(approved, request_id=new_id()))


def test_a_request_is_over_once_the_file_asked_for_something_else() -> None:
    known = OfficeAnswers().with_answer(SAID, "d" * 64)

    assert known.with_new_question("d" * 64) == known
    after = known.with_new_question("e" * 64)

    assert after.over == (SAID.request_id,)
    assert after.answer_if_same_difference("d" * 64) is None


def test_what_was_kept_before_differences_were_noted_is_read_and_asked_for_anew(
    tmp_path: Path,
) -> None:
    request, path = new_id(), tmp_path / "asked.json"
    former = {"request_id": request, "verdict": APPROVED, "name": "Frédérique Arnaud"}
    path.write_text(json.dumps(former | {"reason": "Lu."}), "utf-8")

    known = OfficeAnswers.read_answers(path)

    assert known.answer_if_same_difference("d" * 64) is None
    assert known.with_new_question("d" * 64).over == (request,)
