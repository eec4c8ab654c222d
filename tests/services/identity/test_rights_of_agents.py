"""Administrators give, list and withdraw dated rights, each at home."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import DatabaseError

from services.identity.models import Account, DatedRight
from services.identity.store import store
from shared.contracts.errors import BadRequest, NotEntitled, NotFound, NotSignedIn, Refusal
from shared.contracts.identity import agents, sign_ins
from shared.contracts.identity.invitations import InvitationUnknown
from shared.dates.clock import now, today
from shared.register.declarations import FRONT_DESK
from shared.runtime.ids import new_id
from tests.factories import identity as make
from tests.factories.identity import AGG, DAY, ENS, Person, Town
from tests.factories.refusals import outcome, refused
from tests.factories.travelling import pages


def test_an_administrator_gives_a_right_and_a_code_to_a_new_agent(
    town: Town, claire: Person
) -> None:
    granted = town.grants(town.signs_in(claire, ENS).token)

    newcomer = town.arrives("samir.benali", granted.code)

    assert town.signs_in(newcomer, ENS).name == "Samir Benali"


def test_only_an_administrator_gives_lists_and_withdraws_and_only_at_home(
    town: Town, samir: Person, claire: Person
) -> None:
    in_the_kitchen = town.signs_in(samir, ENS).token
    administrator = town.signs_in(claire, ENS).token

    for act in (
        lambda: town.grants(in_the_kitchen),
        lambda: town.ask(agents.list_agents, caller=ENS, token=in_the_kitchen),
        lambda: town.withdraws(in_the_kitchen, claire.subject, "administrator"),
    ):
        with pytest.raises(PermissionError):
            act()
    refused(lambda: town.grants(administrator, at=AGG), NotSignedIn)
    refused(lambda: town.grants(""), NotSignedIn)


def test_the_office_of_data_finds_one_agent_by_its_name_and_no_family(
    town: Town, samir: Person
) -> None:
    officer = make.agent("dpo", ("front_desk", "data_protection"), name="Frédérique Arnaud")
    town.opens(officer, make.family(name="Camille Durand"))
    town.opens(
        *(make.agent(login, ("ens", "kitchen"), name="Anne Roy") for login in ("a.r", "b.r"))
    )
    token = town.signs_in(officer, FRONT_DESK).token

    def found(name: str) -> str | None:
        answer = town.ask(agents.agent_called, caller=FRONT_DESK, token=token, name=name)
        return str(answer.subject) if answer.subject else None

    assert found("BENALI samir") == samir.subject
    assert [found(name) for name in ("Camille Durand", "Anne Roy", "Samir")] == [None] * 3


def test_an_administrators_right_that_ended_yesterday_gives_nothing(
    town: Town, claire: Person
) -> None:
    token = town.signs_in(claire, ENS).token
    town.dates(claire.subject, valid_from=today() - DAY, valid_to=today() - DAY)

    with pytest.raises(PermissionError):
        town.grants(token)


def test_an_administrator_reads_who_may_do_what_at_home(
    town: Town, samir: Person, claire: Person, malik: Person
) -> None:
    listed = town.ask(agents.list_agents, caller=ENS, token=town.signs_in(claire, ENS).token)

    rows = sorted(listed.agents, key=lambda agent: agent["login"])
    assert [(row["login"], row["active"]) for row in rows] == [
        ("claire.aubry", True),
        ("samir.benali", True),
    ]
    assert rows[1]["rights"] == [
        {"role": "kitchen", "place": "", "valid_from": today(), "valid_to": None}
    ]
    published = {"subject", "login", "name", "active", "rights", "code_by_town"}
    assert rows[1].keys() == published


def test_an_administrator_of_a_thousand_agents_reads_all_of_them_page_by_page(
    town: Town, claire: Person
) -> None:
    many = {new_id() for _ in range(1_000)}
    _have_rights(many, ("kitchen", "coach", "lead"))
    token = town.signs_in(claire, ENS).token

    found = pages(lambda **asked: town.ask(agents.list_agents, caller=ENS, token=token, **asked))

    listed = [agent for page in found for agent in page.agents]
    assert len(listed) == 1_001
    assert {agent["subject"] for agent in listed} == many | {claire.subject}
    assert all(len(agent["rights"]) == 3 for agent in listed if agent["subject"] in many)


def _have_rights(subjects: set[str], roles: tuple[str, ...]) -> None:
    account = {"kind": "agent", "name": "Anne-Sophie Le Goff", "version": 1, "active": True}
    right = {"provider": "ens", "valid_from": today(), "granted_at": now(), "active": True}
    with store.write() as write:
        write.execute(
            insert(Account),
            [
                {"subject": one, "login": one, "not_before": now(), "totp_step": 0, **account}
                for one in subjects
            ],
        )
        write.execute(
            insert(DatedRight),
            [
                {"id": new_id(), "subject": one, "role": role, **right}
                for one in subjects
                for role in roles
            ],
        )


def test_giving_a_right_again_changes_nothing_but_the_code(town: Town, claire: Person) -> None:
    token = town.signs_in(claire, ENS).token
    first = town.grants(token)

    again = town.grants(token, login="Samir.Benali ")

    assert again.code not in ("", first.code)
    refused(lambda: town.activates(first.code), InvitationUnknown)
    newcomer = town.arrives("samir.benali", again.code)
    with store.read() as read:
        held = select(func.count()).where(DatedRight.subject == newcomer.subject)
        assert read.scalar(held) == 1


def test_an_agent_who_has_come_before_gets_no_new_code(
    town: Town, samir: Person, claire: Person
) -> None:
    town.signs_in(samir, ENS)

    assert town.grants(town.signs_in(claire, ENS).token, role="lead").code == ""


def test_a_right_that_cannot_be_given_earns_a_sentence_and_leaves_no_account(
    town: Town, samir: Person, claire: Person
) -> None:
    token = town.signs_in(claire, ENS).token
    ahead = today() + DAY

    for field, right in (
        ("role", {"login": "new", "role": "coach"}),
        ("valid_to", {"login": "new", "valid_from": ahead, "valid_to": today()}),
    ):
        refusal = refused(lambda: town.grants(token, **right), BadRequest)  # noqa: B023
        assert refusal.detail["errors"].keys() == {field}
    town.dates(samir.subject, valid_to=ahead)
    overlap = refused(lambda: town.grants(token, valid_from=ahead), BadRequest)
    assert overlap.detail["errors"].keys() == {"valid_from"}
    town.grants(token, login="hugo.petit", valid_to=ahead)
    offered = refused(lambda: town.grants(token, login="hugo.petit", valid_from=ahead), BadRequest)
    assert offered.detail["errors"].keys() == {"valid_from"}

    with store.read() as read:
        assert read.scalar(select(func.count()).where(Account.login == "new")) == 0


def test_two_seasons_of_the_same_right_stand_side_by_side(town: Town, claire: Person) -> None:
    token = town.signs_in(claire, ENS).token
    summer, autumn = today(), today() + 60 * DAY

    town.grants(token, valid_from=summer, valid_to=summer + 30 * DAY)
    both = town.grants(token, valid_from=autumn, valid_to=autumn + 30 * DAY)

    town.arrives("samir.benali", both.code)
    (_, last) = town.published()[-1]
    assert [right["valid_from"] for right in last.rights] == [summer, autumn]


def test_the_database_itself_refuses_overlapping_rights(town: Town, samir: Person) -> None:
    row = {
        "id": new_id(),
        "subject": samir.subject,
        "provider": "ens",
        "role": "kitchen",
        "valid_from": today() + 5 * DAY,
        "active": True,
        "granted_at": now(),
    }

    with pytest.raises(DatabaseError), store.write() as write:
        write.execute(insert(DatedRight), [row])


@pytest.mark.both_databases
def test_the_same_right_given_twice_at_once_is_given_once(town: Town, claire: Person) -> None:
    token = town.signs_in(claire, ENS).token
    with ThreadPoolExecutor(4) as pool:
        given = [pool.submit(outcome, lambda: town.grants(token)) for _ in range(4)]
        codes = [each.result().code for each in given]

    good = [
        code for code in codes if not isinstance(outcome(partial(town.activates, code)), Refusal)
    ]
    assert len(good) == 1
    with store.read() as read:
        kitchen = select(func.count()).where(DatedRight.role == "kitchen")
        assert read.scalar(kitchen) == 1


def test_a_withdrawn_right_is_gone_at_once_and_can_be_given_again_the_same_day(
    town: Town, samir: Person, claire: Person
) -> None:
    at_work, token = town.signs_in(samir, ENS), town.signs_in(claire, ENS).token
    renewed = town.ask(sign_ins.renew_token, caller=ENS, session=at_work.session)

    town.withdraws(token, samir.subject, "kitchen")

    for old in (at_work.token, renewed.token):
        refused(lambda: town.lets(old, ENS), NotSignedIn)  # noqa: B023
    assert isinstance(town.renews(at_work.session, ENS), NotSignedIn)
    town.time_passes(minutes=1)
    refused(lambda: town.signs_in(samir, ENS), NotEntitled)

    code = town.grants(token).code
    back = town.signs_in(samir, ENS)
    town.accepts(back.token, code)
    assert town.lets(back.token, ENS) == samir.subject
    again = town.ask(agents.list_agents, caller=ENS, token=token)
    assert "samir.benali" in [agent["login"] for agent in again.agents]


def test_who_keeps_another_right_goes_on_with_a_new_token(town: Town, claire: Person) -> None:
    both = make.agent("lea.martin", ("ens", "kitchen"), ("ens", "lead"))
    town.opens(both)
    at_work = town.signs_in(both, ENS)

    town.withdraws(town.signs_in(claire, ENS).token, both.subject, "kitchen")

    refused(lambda: town.lets(at_work.token, ENS), NotSignedIn)
    renewed = town.renews(at_work.session, ENS)
    assert town.lets(renewed.token, ENS) == both.subject


def test_a_right_that_nobody_has_cannot_be_withdrawn(
    town: Town, samir: Person, claire: Person, malik: Person
) -> None:
    token = town.signs_in(claire, ENS).token

    refused(lambda: town.withdraws(token, samir.subject, "lead"), NotFound)
    refused(lambda: town.withdraws(token, new_id(), "kitchen"), NotFound)
    refused(lambda: town.withdraws(token, malik.subject, "administrator"), NotFound)


def test_the_last_administrator_stays(town: Town, claire: Person) -> None:
    token = town.signs_in(claire, ENS).token

    refusal = refused(lambda: town.withdraws(token, claire.subject, "administrator"), BadRequest)

    assert refusal.detail["errors"].keys() == {"role"}


@pytest.mark.both_databases
def test_two_administrators_who_withdraw_each_other_at_once_do_not_both_succeed(
    town: Town, claire: Person
) -> None:
    other = make.agent("hugo.petit", ("ens", "administrator"))
    town.opens(other)
    hers, his = town.signs_in(claire, ENS).token, town.signs_in(other, ENS).token
    with ThreadPoolExecutor(2) as pool:
        acts = [
            pool.submit(outcome, lambda: town.withdraws(hers, other.subject, "administrator")),
            pool.submit(outcome, lambda: town.withdraws(his, claire.subject, "administrator")),
        ]
        for act in acts:
            act.exception()

    with store.read() as read:
        standing = select(func.count()).where(DatedRight.active.is_(True))
        assert read.scalar(standing) == 1
