"""A login is its person's: what another office gives waits for a yes, and shows no name."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from services.identity.jobs.housekeeping import delete_expired_rows
from services.identity.models import Account, RightOffer
from services.identity.store import store
from shared.contracts.errors import NotEntitled, NotFound
from shared.contracts.identity import agents, rights_awaiting_holder
from shared.contracts.identity.invitations import AccountInUse, InvitationUnknown
from shared.contracts.identity.rights_awaiting_holder import OfferUnknown
from shared.dates.clock import now, today
from tests.factories.identity import AGG, DAY, ENS, Person, Town
from tests.factories.refusals import refused
from tests.factories.travelling import pages


def offers(town: Town, administrator: Person, at: str = AGG) -> list[dict[str, Any]]:
    """Return what an office has offered, as its administrator reads it."""
    token = town.signs_in(administrator, at).token
    found = pages(
        lambda **asked: town.ask(
            rights_awaiting_holder.list_right_offers, caller=at, token=token, **asked
        )
    )
    town.time_passes(minutes=1)  # a code of a telephone is good once
    return [offer for page in found for offer in page.offers]


def coaches(town: Town, administrator: Person, login: str, name: str) -> str:
    """Let sports offer a coach's right; return the code."""
    token = town.signs_in(administrator, AGG).token
    town.time_passes(minutes=1)
    answer = town.grants(token, at=AGG, login=login, name=name, role="coach")
    assert vars(answer).keys() == {"code"}
    return str(answer.code)


def enters_sports(town: Town, person: Person) -> Any:
    town.time_passes(minutes=1)
    return town.signs_in(person, AGG)


def agents_of_sports(town: Town, malik: Person) -> dict[str, str]:
    token = town.signs_in(malik, AGG).token
    town.time_passes(minutes=1)
    rows = town.ask(agents.list_agents, caller=AGG, token=token).agents
    return {row["login"]: row["name"] for row in rows}


def test_an_administrator_learns_of_no_login_whether_it_exists_nor_whose_it_is(
    town: Town, samir: Person, malik: Person
) -> None:
    known = coaches(town, malik, "samir.benali", "Inconnu Un")
    new = coaches(town, malik, "nobody.yet", "Inconnu Deux")

    assert len(known) == len(new) and known != new
    listed = {row["login"]: row for row in offers(town, malik)}
    shown = [
        {key: listed[login][key] for key in ("name", "rights", "state")}
        for login in ("samir.benali", "nobody.yet")
    ]
    right = {"role": "coach", "place": "", "valid_from": today(), "valid_to": None}
    assert shown == [
        {"name": name, "rights": [right], "state": "waiting"}
        for name in ("Inconnu Un", "Inconnu Deux")
    ]
    assert samir.subject not in str(listed)
    assert agents_of_sports(town, malik).keys() == {"malik.perrin"}


def test_nothing_begins_before_the_yes_and_with_it_the_person_works_at_both(
    town: Town, samir: Person, malik: Person
) -> None:
    code = coaches(town, malik, "samir.benali", "S. Benali")
    at_school = town.signs_in(samir, ENS)
    assert AGG not in {principal for principal, _ in town.published()}

    (own,) = town.ask(
        rights_awaiting_holder.my_right_offers, caller=ENS, token=at_school.token
    ).offers
    assert (own["office"], own["rights"][0]["role"]) == ("agg", "coach")
    assert "S. Benali" not in str(own)
    assert town.accepts(at_school.token, code) == "agg"

    assert AGG in {principal for principal, _ in town.published()}
    enters_sports(town, samir)
    assert agents_of_sports(town, malik)["samir.benali"] == "Samir Benali"
    assert offers(town, malik) == []


def test_a_login_that_another_administrator_made_and_keeps_gets_nothing_of_ours(
    town: Town, claire: Person, malik: Person
) -> None:
    hers = town.signs_in(claire, ENS).token
    made = town.grants(hers, login="marie.durand", name="Marie Durand").code
    squatter = town.arrives("marie.durand", made)
    code = coaches(town, malik, "marie.durand", "Marie Durand")

    at_school = town.signs_in(squatter, ENS)

    refused(lambda: town.accepts(at_school.token, made), OfferUnknown)
    refused(lambda: town.activates(code, at=AGG), AccountInUse)
    assert agents_of_sports(town, malik).keys() == {"malik.perrin"}
    (offer,) = offers(town, malik)
    assert offer["state"] == "waiting"


def test_who_made_a_login_first_does_not_own_it_before_its_person_came(
    town: Town, claire: Person, malik: Person
) -> None:
    hers = town.signs_in(claire, ENS).token
    earlier = town.grants(hers, login="marie.durand", name="Un autre nom").code
    code = coaches(town, malik, "marie.durand", "Marie Durand")

    marie = town.arrives("marie.durand", code, at=AGG)

    assert enters_sports(town, marie).name == "Marie Durand"
    refused(lambda: town.activates(earlier), AccountInUse)
    town.time_passes(minutes=1)
    at_school = town.signs_in(marie, ENS)
    with pytest.raises(PermissionError):
        town.ask(agents.list_agents, caller=ENS, token=at_school.token)
    assert town.accepts(at_school.token, earlier) == "ens"


def test_a_code_of_one_login_is_no_yes_of_another(town: Town, samir: Person, malik: Person) -> None:
    code = coaches(town, malik, "marie.durand", "Marie Durand")

    refused(lambda: town.accepts(town.signs_in(samir, ENS).token, code), OfferUnknown)

    assert town.arrives("marie.durand", code, at=AGG)


def test_a_person_says_no_and_the_administrator_sees_it(
    town: Town, samir: Person, malik: Person
) -> None:
    code = coaches(town, malik, "samir.benali", "S. Benali")
    token = town.signs_in(samir, ENS).token

    town.ask(rights_awaiting_holder.decline_right_offer, caller=ENS, token=token, office="agg")

    refused(lambda: town.accepts(token, code), OfferUnknown)
    again = partial(town.ask, rights_awaiting_holder.decline_right_offer, caller=ENS, token=token)
    refused(lambda: again(office="agg"), OfferUnknown)
    (offer,) = offers(town, malik)
    assert offer["state"] == "declined"
    assert coaches(town, malik, "samir.benali", "S. Benali") != code
    (offer,) = offers(town, malik)
    assert offer["state"] == "waiting"


def test_what_was_withdrawn_or_has_expired_cannot_be_accepted(
    town: Town, samir: Person, claire: Person, malik: Person
) -> None:
    code = coaches(town, malik, "samir.benali", "S. Benali")
    (offer,) = offers(town, malik)
    his, hers = town.signs_in(malik, AGG).token, town.signs_in(claire, ENS).token
    withdraws = partial(town.ask, rights_awaiting_holder.withdraw_right_offer, offer=offer["offer"])

    refused(lambda: withdraws(caller=ENS, token=hers), NotFound)
    withdraws(caller=AGG, token=his)

    refused(lambda: town.accepts(town.signs_in(samir, ENS).token, code), OfferUnknown)
    refused(lambda: withdraws(caller=AGG, token=his), NotFound)
    town.time_passes(minutes=1)
    assert offers(town, malik) == []
    late = coaches(town, malik, "nobody.yet", "Personne")
    town.time_passes(days=14)
    refused(lambda: town.activates(late, at=AGG), InvitationUnknown)
    (offer,) = offers(town, malik)
    assert (offer["login"], offer["state"]) == ("nobody.yet", "expired")


def test_whom_an_office_offers_a_right_signs_in_there_and_finds_nothing_but_the_offer(
    town: Town, samir: Person, claire: Person, malik: Person
) -> None:
    hers = town.signs_in(claire, ENS).token
    town.withdraws(hers, samir.subject, "kitchen")
    refused(lambda: town.signs_in(samir, AGG), NotEntitled)
    _sleeps(samir)
    code = coaches(town, malik, "samir.benali", "S. Benali")

    token = enters_sports(town, samir).token

    with pytest.raises(PermissionError):
        town.ask(agents.list_agents, caller=AGG, token=token)
    with pytest.raises(PermissionError):
        town.passes(token, at=AGG, to="ens")
    assert town.accepts(token, code, at=AGG) == "agg"
    town.time_passes(minutes=1)
    refused(lambda: town.signs_in(samir, ENS), NotEntitled)


def _sleeps(person: Person) -> None:
    """Let an account have been unused for longer than one stays open."""
    with store.write() as write:
        account = write.get_one(Account, person.subject)
        account.opened_at = account.last_signed_in = now() - 91 * DAY


def test_only_the_person_and_only_an_administrator_at_home_reads_or_ends_an_offer(
    town: Town, samir: Person, claire: Person, malik: Person
) -> None:
    coaches(town, malik, "samir.benali", "S. Benali")
    (offer,) = offers(town, malik)
    his, hers = town.signs_in(samir, ENS).token, town.signs_in(claire, ENS).token

    for ask in (
        lambda: town.ask(rights_awaiting_holder.list_right_offers, caller=ENS, token=his),
        lambda: town.ask(
            rights_awaiting_holder.withdraw_right_offer, caller=ENS, token=his, offer=offer["offer"]
        ),
    ):
        with pytest.raises(PermissionError):
            ask()
    assert town.ask(rights_awaiting_holder.list_right_offers, caller=ENS, token=hers).offers == []
    assert town.ask(rights_awaiting_holder.my_right_offers, caller=ENS, token=hers).offers == []


def test_an_agent_of_ours_has_another_right_at_once(
    town: Town, samir: Person, claire: Person
) -> None:
    town.signs_in(samir, ENS)
    hers = town.signs_in(claire, ENS).token

    assert town.grants(hers, role="lead").code == ""

    rows = town.ask(agents.list_agents, caller=ENS, token=hers).agents
    held = {row["login"]: [right["role"] for right in row["rights"]] for row in rows}
    assert held["samir.benali"] == ["kitchen", "lead"]


def test_a_login_that_nobody_came_for_is_forgotten_a_month_after_its_offer(
    town: Town, malik: Person
) -> None:
    coaches(town, malik, "nobody.yet", "Personne")
    for days, kept in ((43, 1), (2, 0)):
        town.time_passes(days=days)
        with store.write() as write:
            delete_expired_rows(write, now())
        with store.read() as read:
            count = select(func.count()).where(Account.login == "nobody.yet")
            assert read.scalar(count) == kept
            assert len(read.scalars(select(RightOffer)).all()) == kept


def test_an_office_that_offers_rights_to_many_reads_all_of_them_page_by_page(
    town: Town, malik: Person
) -> None:
    token = town.signs_in(malik, AGG).token
    logins = [f"agent.{number:03}" for number in range(120)]
    for login in logins:
        town.grants(token, at=AGG, login=login, name="Anne-Sophie Le Goff", role="coach")
    town.time_passes(minutes=1)

    listed = offers(town, malik)

    assert sorted(row["login"] for row in listed) == logins
    assert all(row["at"] - now() < timedelta(days=14) + DAY for row in listed)
