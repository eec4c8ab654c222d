"""Widenings at the front desk: asked by the town file, decided on the page, signed by `apply`."""

from typing import Any

import pytest
from sqlalchemy import select, update

from services.portal_gateway.front_desk.approvals import commands
from services.portal_gateway.front_desk.models import AskedApproval
from services.portal_gateway.front_desk.service import FrontDeskService
from services.portal_gateway.front_desk.store import store
from shared.contracts.message import Caller
from shared.contracts.portal_gateway.widening_approvals import (
    APPROVED,
    REFUSED,
    AskedWidening,
    ask_approval,
)
from shared.database import Unreadable
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.factories.front_desk.counter import Counter
from tests.factories.travelling import answered

PAGE = "/donnees/elargissements"
SNACKS = "Servir un goûter sans danger"


def takes(what: str, kind: str = "projection", before: str = "", after: str = SNACKS) -> Any:
    provider = "" if kind == "retention" else "agg"
    return AskedWidening(kind=kind, provider=provider, what=what, before=before, after=after)


ALLERGIES = takes("allergies")
LONGER = takes("diet", "retention", "15 days, last_session", "2 months, last_session")


def asks(*widenings: AskedWidening, signed: tuple[str, ...] = ()) -> Any:
    """Ask as `preau apply` does; return the answer."""
    payload = {"widenings": list(widenings), "signed": list(signed)}
    return answered(FrontDeskService(), ask_approval, Caller("ops", None, new_id()), **payload)


@pytest.fixture
def office(counter: Counter) -> Counter:
    """Give a desk of the data protection office."""
    counter.signs_in("data_protection")
    return counter


def decides(
    office: Counter, request_id: str, verdict: str, reason: str = "Lu.", seen: int = 0
) -> Any:
    form = {"verdict": verdict, "reason": reason, "seen": str(seen)}
    return office.desk.sends(f"{PAGE}/{request_id}", at=PAGE, **form)


def test_what_would_change_stands_there_in_french_and_nothing_is_approved(office: Counter) -> None:
    answer = asks(ALLERGIES, LONGER)

    page = office.desk.sees(PAGE).replace("\u00a0", " ")
    assert answer.verdict == ""
    assert "Allergies" in page and SNACKS in page and "donnée sensible" in page
    assert "15 jours après la dernière séance" in page and "2 mois après" in page
    assert "ce n’est pas en vigueur" in page


def test_approved_with_a_reason_it_is_handed_over_once_to_be_signed(office: Counter) -> None:
    asked = asks(ALLERGIES)
    assert decides(office, asked.request_id, APPROVED, reason=" ").status_code == 422
    assert asks(ALLERGIES).verdict == ""

    decides(office, asked.request_id, APPROVED, reason="Le goûter reprend.")
    answer = asks(ALLERGIES)

    assert (answer.verdict, answer.request_id) == (APPROVED, asked.request_id)
    assert (answer.name, answer.reason) == ("Hélène Marais", "Le goûter reprend.")
    assert "approuvé, remis pour être signé" in office.desk.sees(PAGE)
    again = asks(ALLERGIES, signed=(asked.request_id,))
    assert again.verdict == "" and again.request_id != asked.request_id


def test_refused_it_stays_refused_until_the_office_decides_otherwise(office: Counter) -> None:
    asked = asks(ALLERGIES)
    decides(office, asked.request_id, REFUSED, reason="Pas de goûter au judo.")
    assert (asks(ALLERGIES).verdict, asks(ALLERGIES).reason) == (REFUSED, "Pas de goûter au judo.")

    stale = decides(office, asked.request_id, APPROVED)
    assert stale.status_code == 303 and asks(ALLERGIES).verdict == REFUSED
    decides(office, asked.request_id, APPROVED, seen=1)

    assert "Pas de goûter au judo." in office.desk.sees(PAGE)
    assert asks(ALLERGIES).verdict == APPROVED
    decides(office, asked.request_id, REFUSED, seen=2)
    assert asks(ALLERGIES).verdict == APPROVED  # it was handed over


def test_an_approval_is_of_exactly_what_was_shown(office: Counter) -> None:
    asked = asks(ALLERGIES)
    decides(office, asked.request_id, APPROVED)

    assert asks(ALLERGIES, LONGER).verdict == ""
    assert asks(ALLERGIES).verdict == "", "withdrawn when the file asked for something else"
    asks()

    assert "Le fichier de la ville ne demande rien de plus" in office.desk.sees(PAGE)


def test_an_approval_that_was_taken_and_not_signed_is_asked_again_once_the_file_was_another(
    office: Counter,
) -> None:
    asked = asks(ALLERGIES)
    decides(office, asked.request_id, APPROVED)
    assert asks(ALLERGIES).verdict == APPROVED  # taken by an apply that died before it signed
    assert asks(ALLERGIES).verdict == APPROVED

    asks(LONGER)
    again = asks(ALLERGIES)

    assert again.verdict == "" and again.request_id != asked.request_id
    assert "approuvé, remis pour être signé" in office.desk.sees(PAGE)


def test_a_row_written_or_moved_by_who_has_the_database_alone_approves_nothing(
    office: Counter,
) -> None:
    small, great = asks(LONGER), None
    decides(office, small.request_id, APPROVED)
    with store.write() as write:
        approved = write.scalars(select(AskedApproval.content)).one()
    great = asks(ALLERGIES)

    with store.write() as write:
        mine = AskedApproval.id == great.request_id
        write.execute(update(AskedApproval).where(mine).values(content=approved))
    with pytest.raises(Unreadable):
        asks(ALLERGIES)

    with store.write() as write:
        digest = commands.digest_of_differences([ALLERGIES])
        write.execute(update(AskedApproval).where(mine).values(digest="0" * 64))
        moved = AskedApproval.id == small.request_id
        write.execute(update(AskedApproval).where(moved).values(digest=digest, withdrawn_at=None))
    with pytest.raises(Unreadable):
        asks(ALLERGIES)
    assert "Élargissements" in office.desk.sees(PAGE)


def test_a_change_of_mind_is_counted_for_who_asks(office: Counter) -> None:
    asked = asks(ALLERGIES)
    assert asked.decisions == 0
    decides(office, asked.request_id, APPROVED)
    decides(office, asked.request_id, REFUSED, seen=1)

    assert asks(ALLERGIES).decisions == 2


def test_a_withdrawn_approval_put_back_by_who_has_the_database_alone_is_not_taken(
    office: Counter,
) -> None:
    former = asks(ALLERGIES)
    decides(office, former.request_id, APPROVED)
    asks(LONGER)
    with store.write() as write:
        mine = AskedApproval.id == former.request_id
        write.execute(update(AskedApproval).where(mine).values(withdrawn_at=None))

    assert asks(ALLERGIES, signed=(former.request_id,)).verdict == ""


def test_an_approval_that_was_taken_back_before_any_apply_asked_is_put_back_in_vain(
    office: Counter,
) -> None:
    asked = asks(ALLERGIES)
    mine = AskedApproval.id == asked.request_id
    decides(office, asked.request_id, APPROVED)
    with store.read() as read:
        kept = read.scalars(select(AskedApproval.content)).one()
    decides(office, asked.request_id, REFUSED, reason="Erreur.", seen=1)
    assert "Erreur." in office.desk.sees(PAGE)

    with store.write() as write:
        write.execute(update(AskedApproval).where(mine).values(content=kept))
    answer = asks(ALLERGIES)

    assert answer.verdict == "" and answer.request_id != asked.request_id


@pytest.mark.parametrize("hands", ["put back", "altered"])
def test_what_other_hands_wrote_meanwhile_is_decided_by_no_page_that_is_still_open(
    office: Counter, hands: str
) -> None:
    asked = asks(ALLERGIES)
    decides(office, asked.request_id, APPROVED)
    with store.read() as read:
        kept = read.scalars(select(AskedApproval.content)).one()
    decides(office, asked.request_id, REFUSED, seen=1)
    with store.write() as write:
        content = kept if hands == "put back" else kept[:-1] + bytes([kept[-1] ^ 1])
        write.execute(update(AskedApproval).values(content=content))

    answer = decides(office, asked.request_id, APPROVED, seen=2)

    assert answer.status_code == 303
    assert "entre-temps : relisez" in office.desk.sees(PAGE)


def test_who_does_not_answer_for_data_neither_reads_nor_decides(counter: Counter) -> None:
    asked = asks(ALLERGIES)
    counter.signs_in("desk_lead")

    assert counter.desk.client.get(PAGE).status_code == 404
    sent = counter.desk.sends(
        f"{PAGE}/{asked.request_id}", at="/", verdict=APPROVED, reason="x", seen="0"
    )
    assert sent.status_code == 404
    assert asks(ALLERGIES).verdict == ""


def test_what_was_asked_five_years_ago_is_forgotten(office: Counter) -> None:
    asks(ALLERGIES)
    with store.write() as write:
        commands.delete_old_approvals(write, now() + commands.KEPT)

    assert "ne demande rien de plus" in office.desk.sees(PAGE)
