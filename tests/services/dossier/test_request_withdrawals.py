"""Requests of persons that are withdrawn: by whom, until when, and while the office erases."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from sqlalchemy import select

from services.dossier.data_protection.person_requests.commands.erasing import (
    erase_parts_of_file,
)
from services.dossier.data_protection.person_requests.commands.withdrawing import (
    withdraw_own_request,
)
from services.dossier.data_protection.person_requests.metrics import measure_person_requests
from services.dossier.models import PersonRequestAct
from services.dossier.sharing.publishing.commands.projection_publisher import lock_children
from services.dossier.store import store
from shared.contracts.dossier import guardians
from shared.contracts.dossier.data_protection import person_requests, request_erasures
from shared.contracts.dossier.data_protection.person_requests import RequestClosed
from shared.contracts.errors import BadRequest, NotFound
from shared.dates.clock import now
from shared.dates.instant import Instant
from tests.databases import Database, waits_for_locks
from tests.factories.dossier import Town
from tests.factories.request_erasures import (
    asks,
    closes,
    erases,
    leaves,
    letter,
    office,
    sees,
    told,
    two_homes,
)

__all__ = ["office", "told"]


def test_who_asked_withdraws_and_no_month_runs_any_more(
    town: Town, claire: str, manon: str, office: str
) -> None:
    request_id = asks(town, claire, manon)
    mine = {"subject": claire, "person_request_id": request_id}

    town.ask(person_requests.withdraw_my_request, **mine)
    town.ask(person_requests.withdraw_my_request, **mine)

    found = town.ask(person_requests.read_my_request, **mine)
    assert found.state == "withdrawn" and found.closed_on
    assert [act["act"] for act in found.acts] == ["filed", "withdrawn"]
    listed = town.at_desk(person_requests.person_requests, subject=office)
    assert listed.open == [] and [row["state"] for row in listed.closed] == ["withdrawn"]
    with store.read() as read:
        counted = measure_person_requests(read, now())
        assert {each.name: each.value for each in counted} == {
            "person_request_open": 0,
            "person_request_overdue": 0,
        }
    with pytest.raises(RequestClosed):
        closes(town, office, request_id)


def test_after_the_answer_it_is_too_late_and_another_parent_withdraws_nothing(
    town: Town, office: str
) -> None:
    claire, julien, child_id = two_homes(town)
    request_id = asks(town, claire, child_id)
    with pytest.raises(NotFound):
        town.ask(person_requests.withdraw_my_request, subject=julien, person_request_id=request_id)
    closes(town, office, request_id)

    with pytest.raises(RequestClosed) as refused:
        town.ask(person_requests.withdraw_my_request, subject=claire, person_request_id=request_id)
    assert refused.value.detail == {"state": "answered"}


def test_a_letter_is_withdrawn_by_who_reads_of_it_and_an_account_by_its_holder_alone(
    town: Town, claire: str, office: str
) -> None:
    noted, filed = letter(town, office), asks(town, claire, None)

    said = {"subject": office, "said": "Au téléphone, le 2 décembre."}
    town.at_desk(person_requests.note_withdrawal, person_request_id=noted, **said)
    with pytest.raises(BadRequest):
        town.at_desk(person_requests.note_withdrawal, person_request_id=filed, **said)

    with store.read() as read:
        withdrawn = select(PersonRequestAct).where(PersonRequestAct.act == "withdrawn")
        [act] = read.scalars(withdrawn).all()
        assert (act.person_request_id, act.done_by) == (noted, office)
    opened = {"subject": office, "person_request_id": noted}
    shown = town.at_desk(person_requests.open_person_request, **opened)
    assert shown.acts[-1]["text"] == "Au téléphone, le 2 décembre."


def test_after_the_answer_and_after_a_withdrawal_nothing_is_erased(
    town: Town, claire: str, told: str, office: str
) -> None:
    leaves(town, claire, told, "ens", "agg")
    request_id = asks(town, claire, told)
    town.ask(person_requests.withdraw_my_request, subject=claire, person_request_id=request_id)

    assert sees(town, office, request_id) == []
    with pytest.raises(RequestClosed):
        erases(town, office, request_id, told, "diet")


@pytest.mark.both_databases
@pytest.mark.parametrize("whose", ["own", "agreeing"])
def test_a_withdrawal_that_comes_first_lets_the_office_erase_nothing(
    town: Town, office: str, whose: str
) -> None:
    claire, julien, child_id = two_homes(town)
    hers, his = asks(town, claire, child_id), asks(town, julien, child_id)
    withdrawn, by = {"own": (hers, claire), "agreeing": (his, julien)}[whose]
    refused: list[Exception] = []
    erasing = threading.Thread(target=tries_to_erase, args=(town, office, hers, child_id, refused))

    with store.write() as write:
        withdraw_own_request(write, withdrawn, by=by, when=Instant.now())
        erasing.start()
        erasing.join(0.5)
    erasing.join()

    assert [type(each) for each in refused] == [RequestClosed if whose == "own" else BadRequest]
    diet = town.ask(guardians.read_section, subject=claire, child_id=child_id, section="diet")
    assert diet.content


@pytest.mark.both_databases
@pytest.mark.parametrize("whose", ["own", "agreeing"])
def test_a_withdrawal_that_comes_while_the_office_erases_finds_what_was_done(
    town: Town, office: str, whose: str
) -> None:
    claire, julien, child_id = two_homes(town)
    hers, his = asks(town, claire, child_id), asks(town, julien, child_id)
    withdrawn, by = {"own": (hers, claire), "agreeing": (his, julien)}[whose]
    mine = {"subject": by, "person_request_id": withdrawn}
    withdrawing = threading.Thread(
        target=town.ask, args=(person_requests.withdraw_my_request,), kwargs=mine
    )

    with store.write() as write:
        asked = request_erasures.ErasePartsRequest(hers, child_id=child_id, parts=["diet"])
        erase_parts_of_file(write, store.register, asked, by=office, when=Instant.now())
        withdrawing.start()
        withdrawing.join(0.5)
    withdrawing.join()

    found = town.ask(person_requests.read_my_request, **mine)
    assert [act["act"] for act in found.acts] == ["filed", "erased", "withdrawn"]


@pytest.mark.both_databases
def test_an_agreement_that_comes_while_the_child_is_held_is_withdrawn_once_the_office_is_done(
    town: Town, office: str, database: Database
) -> None:
    if not database.on_postgresql:
        pytest.skip("one writer: nothing comes between")
    claire, julien, child_id = two_homes(town)
    hers, done, leaves_off = asks(town, claire, child_id), threading.Event(), threading.Event()

    def erases_and_waits() -> None:
        with store.write() as write:
            asked = request_erasures.ErasePartsRequest(hers, child_id=child_id, parts=["diet"])
            erase_parts_of_file(write, store.register, asked, by=office, when=Instant.now())
            done.set()
            leaves_off.wait(20)

    with ThreadPoolExecutor(3) as pool:
        with store.write() as write:
            lock_children(write, [child_id])
            erasing = pool.submit(erases_and_waits)
            waits_for_locks(store, 1)
            his = pool.submit(asks, town, julien, child_id).result()
        assert done.wait(20)
        mine = {"subject": julien, "person_request_id": his}
        withdrawing = pool.submit(town.ask, person_requests.withdraw_my_request, **mine)
        withdrawing_waits = not wait([withdrawing], 0.5).done
        leaves_off.set()
        erasing.result()
        withdrawing.result()

    assert withdrawing_waits
    found = town.ask(person_requests.read_my_request, **mine)
    assert [act["act"] for act in found.acts] == ["filed", "erased", "withdrawn"]


def tries_to_erase(
    town: Town, office: str, request_id: str, child_id: str, refused: list[Exception]
) -> None:
    try:
        erases(town, office, request_id, child_id, "diet")
    except (RequestClosed, BadRequest) as refusal:
        refused.append(refusal)
