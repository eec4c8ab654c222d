"""Codes issued by operations for the last administrator of an office, and who is informed."""

from datetime import timedelta
from functools import partial
from typing import Any

import pyotp
import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DatabaseError

from services.identity.models import Account, CodeByTown, Email, sealed_place_of_email
from services.identity.store import store
from shared.contracts.errors import BadRequest, NotEntitled, NotFound, NotSignedIn
from shared.contracts.identity import agents, codes_issued_by_operations
from shared.contracts.identity.codes_issued_by_operations import OthersCanHelp
from shared.contracts.identity.invitations import InvitationUnknown
from shared.contracts.identity.sign_ins import WrongCredentials
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.factories import identity as make
from tests.factories.identity import AGG, DAY, ENS, Person, Town
from tests.factories.refusals import refused
from tests.factories.travelling import pages


def invites_again(town: Town, login: str, office: str = "ens", **more: Any) -> Any:
    asked = {"asked_by": "Jeanne Roy", "reason": "Téléphone volé", **more}
    return town.ask(
        codes_issued_by_operations.invite_administrator_again,
        caller="ops",
        office=office,
        login=login,
        **asked,
    )


def test_the_only_administrator_is_out_at_once_and_comes_back_with_a_code_of_the_town(
    town: Town, claire: Person, samir: Person
) -> None:
    at_work = town.signs_in(claire, ENS)

    given = invites_again(town, " Claire.AUBRY")

    assert timedelta(days=13) < given.expires_at - now() < timedelta(days=15)
    refused(lambda: town.lets(at_work.token, ENS), NotSignedIn)
    assert isinstance(town.renews(at_work.session, ENS), NotSignedIn)
    town.time_passes(minutes=2)
    refused(lambda: town.signs_in(claire, ENS), WrongCredentials)
    again = town.arrives(claire.login, given.code)
    assert again.subject == claire.subject
    hers = town.signs_in(again, ENS).token
    assert town.invites_again(hers, samir.subject)


def test_the_dpo_reads_every_code_of_many_years_page_by_page(town: Town, claire: Person) -> None:
    said = {"subject": claire.subject, "office": "ens", "asked_by": "Jeanne Roy", "others": 0}
    reason = "Téléphone volé. " * 18
    ids = [new_id() for _ in range(900)]
    with store.write() as write:
        rows = [{"id": one, "at": now(), "reason": f"{reason}{one[-8:]}", **said} for one in ids]
        write.execute(insert(CodeByTown), rows)

    found = pages(
        lambda **asked: town.ask(codes_issued_by_operations.codes_by_town, caller="ops", **asked)
    )

    codes = [code["reason"][-8:] for page in found for code in page.codes]
    assert len(found) == 9 and codes == [one[-8:] for one in ids]


def test_who_asked_and_why_is_read_by_the_dpo_and_by_who_administers(
    town: Town, claire: Person, samir: Person
) -> None:
    given = invites_again(town, "claire.aubry")

    (code,) = town.ask(codes_issued_by_operations.codes_by_town, caller="ops").codes
    assert (code["office"], code["login"], code["others"]) == ("ens", "claire.aubry", 0)
    assert (code["asked_by"], code["reason"]) == ("Jeanne Roy", "Téléphone volé")
    assert given.notified == ["dpo@ville-demonstration.example"]
    with store.read() as read:
        (email,) = read.scalars(select(Email))
        content = store.unseal(sealed_place_of_email(email.id), email.content)
    assert (email.template, content["to"]) == ("code_by_town", given.notified[0])
    assert content["values"] == {"office": "Service Enseignement"}
    again = town.arrives(claire.login, given.code)
    listed = town.ask(agents.list_agents, caller=ENS, token=town.signs_in(again, ENS).token)
    said = {each["login"]: each["code_by_town"] for each in listed.agents}
    assert said["samir.benali"] is None
    assert (said["claire.aubry"]["by"], said["claire.aubry"]["reason"]) == (
        "Jeanne Roy", "Téléphone volé",
    )  # fmt: skip


def test_the_town_gives_no_code_where_a_colleague_can_unless_it_says_that_he_cannot(
    town: Town, claire: Person
) -> None:
    other = make.agent("hugo.petit", ("ens", "administrator"), name="Hugo Petit")
    town.opens(other)

    found = refused(lambda: invites_again(town, "claire.aubry"), OthersCanHelp)

    assert found.detail["administrators"] == ["Hugo Petit"]
    town.signs_in(claire, ENS)
    assert town.ask(codes_issued_by_operations.codes_by_town, caller="ops").codes == []
    assert invites_again(town, "claire.aubry", despite_others=True).code
    (code,) = town.ask(codes_issued_by_operations.codes_by_town, caller="ops").codes
    assert code["others"] == 1


def test_a_colleague_whose_account_sleeps_or_is_closed_cannot_help(
    town: Town, claire: Person
) -> None:
    other = make.agent("hugo.petit", ("ens", "administrator"), name="Hugo Petit")
    town.opens(other)
    with store.write() as write:
        hugo = write.get_one(Account, other.subject)
        hugo.opened_at = now() - 91 * DAY

    first = invites_again(town, "claire.aubry")
    second = invites_again(town, "hugo.petit")

    refused(lambda: town.signs_in(claire, ENS), WrongCredentials)
    town.arrives("hugo.petit", second.code)
    assert town.activates(first.code).login == "claire.aubry"


def test_the_town_gives_no_code_to_who_does_not_administer_that_office(
    town: Town, claire: Person, samir: Person, malik: Person
) -> None:
    for login, office in (
        ("samir.benali", "ens"),
        ("malik.perrin", "ens"),
        ("nobody", "ens"),
        ("claire.aubry", "opera"),
    ):
        refused(partial(invites_again, town, login, office), NotFound)

    town.signs_in(samir, ENS)
    assert town.published() == []


def test_who_has_rights_elsewhere_too_gets_a_code_and_both_dpos_are_told(town: Town) -> None:
    both = make.agent("lea.martin", ("ens", "administrator"), ("agg", "coach"))
    town.opens(both)

    given = invites_again(town, "lea.martin")

    assert given.notified == ["dpo@agglo-demonstration.example", "dpo@ville-demonstration.example"]
    assert {principal for principal, _ in town.published()} >= {ENS, AGG}


def succeeds(town: Town, former: str, login: str = "zoe.hardy", **more: Any) -> Any:
    """Let somebody take over from an administrator of the school service who has left."""
    asked = {
        "office": "ens",
        "name": "Zoé Hardy",
        "asked_by": "Jeanne Roy",
        "reason": "Partie à la retraite",
        **more,
    }
    return town.ask(
        codes_issued_by_operations.invite_successor,
        caller="ops",
        in_place_of=former,
        login=login,
        **asked,
    )


def next_code(agent: Person) -> str:
    """Return what the telephone shows half a minute from now: each code is taken once."""
    return str(pyotp.TOTP(agent.totp_secret).at(now() + timedelta(seconds=30)))


def listed(town: Town, token: str) -> dict[str, Any]:
    """Return the agents of the school service by login, as its administrator reads them."""
    rows = town.ask(agents.list_agents, caller=ENS, token=token).agents
    return {each["login"]: each for each in rows}


def test_a_successor_administers_and_who_has_left_is_out_in_the_same_act(
    town: Town, claire: Person, samir: Person
) -> None:
    at_work = town.signs_in(claire, ENS)

    given = succeeds(town, "Claire.AUBRY")

    assert (given.name, given.former, given.active) == ("Zoé Hardy", "Claire Aubry", False)
    refused(lambda: town.lets(at_work.token, ENS), NotSignedIn)
    assert isinstance(town.renews(at_work.session, ENS), NotSignedIn)
    refused(lambda: town.signs_in(claire, ENS), WrongCredentials)
    hers = town.signs_in(town.arrives("zoe.hardy", given.code), ENS).token
    assert set(listed(town, hers)) == {"zoe.hardy", "samir.benali"}
    assert town.invites_again(hers, samir.subject)


def test_a_succession_is_read_by_the_dpo_and_by_who_administers(town: Town, claire: Person) -> None:
    given = succeeds(town, "claire.aubry")

    (row,) = town.ask(codes_issued_by_operations.codes_by_town, caller="ops").codes
    assert (row["office"], row["login"]) == ("ens", "zoe.hardy")
    assert row["in_place_of"] == "Claire Aubry (claire.aubry)"
    assert (row["asked_by"], row["reason"]) == ("Jeanne Roy", "Partie à la retraite")
    assert given.notified == ["dpo@ville-demonstration.example"]
    with store.read() as read:
        assert [each.template for each in read.scalars(select(Email))] == ["successor"]
    hers = town.signs_in(town.arrives("zoe.hardy", given.code), ENS).token
    said = listed(town, hers)["zoe.hardy"]["code_by_town"]
    assert (said["in_place_of"], said["by"]) == ("Claire Aubry", "Jeanne Roy")


def test_nobody_succeeds_where_a_colleague_can_give_the_right(town: Town, claire: Person) -> None:
    town.opens(make.agent("hugo.petit", ("ens", "administrator"), name="Hugo Petit"))

    found = refused(lambda: succeeds(town, "claire.aubry"), OthersCanHelp)

    assert found.detail["administrators"] == ["Hugo Petit"]
    town.signs_in(claire, ENS)
    assert town.ask(codes_issued_by_operations.codes_by_town, caller="ops").codes == []
    assert succeeds(town, "claire.aubry", despite_others=True).code


def test_who_has_left_one_office_keeps_what_another_gave_and_both_dpos_are_told(
    town: Town,
) -> None:
    both = make.agent("lea.martin", ("ens", "administrator"), ("agg", "coach"))
    town.opens(both)
    at_ens = town.signs_in(both, ENS)

    given = succeeds(town, "lea.martin")

    assert isinstance(town.renews(at_ens.session, ENS), NotSignedIn)
    refused(lambda: town.signs_in(both, ENS, code=next_code(both)), NotEntitled)
    town.lets(town.signs_in(both, AGG, code=next_code(both)).token, AGG)
    assert given.notified == ["dpo@agglo-demonstration.example", "dpo@ville-demonstration.example"]


def test_a_colleague_takes_over_with_the_account_that_he_has(
    town: Town, claire: Person, samir: Person
) -> None:
    his = town.signs_in(samir, ENS).token

    given = succeeds(town, "claire.aubry", "samir.benali", name="Samir Benali")

    assert (given.code, given.active) == ("", True)
    rights = listed(town, his)["samir.benali"]["rights"]
    assert [each["role"] for each in rights] == ["administrator", "kitchen"]


def test_a_successor_who_lost_the_first_code_gets_another_before_saying_yes(
    town: Town, claire: Person
) -> None:
    first = succeeds(town, "claire.aubry")

    second = invites_again(town, "zoe.hardy")

    refused(lambda: town.activates(first.code), InvitationUnknown)
    hers = town.signs_in(town.arrives("zoe.hardy", second.code), ENS).token
    assert set(listed(town, hers)) == {"zoe.hardy"}


def test_an_administrator_who_left_before_saying_yes_is_succeeded_and_gets_in_no_more(
    town: Town, claire: Person
) -> None:
    never_used = succeeds(town, "claire.aubry")

    given = succeeds(town, "zoe.hardy", "nora.petit", name="Nora Petit")

    refused(lambda: town.activates(never_used.code), InvitationUnknown)
    hers = town.signs_in(town.arrives("nora.petit", given.code), ENS).token
    assert set(listed(town, hers)) == {"nora.petit"}


def test_a_successor_with_an_account_elsewhere_says_yes_with_it(
    town: Town, claire: Person, malik: Person
) -> None:
    his = town.signs_in(malik, AGG)

    given = succeeds(town, "claire.aubry", "malik.perrin", name="Malik Perrin")

    assert town.accepts(his.token, given.code, at=AGG) == "ens"
    town.time_passes(minutes=1)
    assert set(listed(town, town.signs_in(malik, ENS).token)) == {"malik.perrin"}


def test_nobody_takes_over_from_who_does_not_administer_nor_from_oneself(
    town: Town, claire: Person, samir: Person
) -> None:
    refused(lambda: succeeds(town, "samir.benali"), NotFound)
    refused(lambda: succeeds(town, "nobody"), NotFound)
    refused(lambda: succeeds(town, "claire.aubry", " Claire.Aubry"), BadRequest)

    town.signs_in(claire, ENS)
    assert town.published() == []


def test_the_database_itself_keeps_what_codes_the_town_gave(town: Town, claire: Person) -> None:
    invites_again(town, "claire.aubry")

    for change in (update(CodeByTown).values(reason="—"), delete(CodeByTown)):
        with pytest.raises(DatabaseError), store.write() as write:
            write.execute(change)
