"""Recipients and content of the event `subject_changed`."""

from pathlib import Path

from shared.contracts.identity import accounts
from tests.databases import Database
from tests.factories import identity as make
from tests.factories.identity import AGG, ENS, Person, Town


def test_dossier_and_portal_hear_of_a_family_and_no_provider_does(town: Town) -> None:
    person = make.family()

    town.ask(accounts.open_accounts, caller="ops", accounts=[person.account()])

    published = town.published()
    assert {principal for principal, _ in published} == {"dossier", "portal"}
    for _, event in published:
        assert (event.subject, event.kind, event.active) == (person.subject, "family", True)
        assert event.rights == []


def test_each_provider_hears_of_its_own_agents_with_their_rights_at_it(town: Town) -> None:
    both = make.agent("lea.martin", ("ens", "lead"), ("agg", "coach"))

    town.ask(accounts.open_accounts, caller="ops", accounts=[both.account()])

    roles = {who: [right["role"] for right in event.rights] for who, event in town.published()}
    assert roles == {ENS: ["lead"], AGG: ["coach"]}


def test_a_provider_hears_of_the_end_of_the_last_right_and_of_no_other_ones(
    town: Town, claire: Person
) -> None:
    both = make.agent("lea.martin", ("ens", "lead"), ("agg", "coach"))
    town.opens(both)
    token = town.signs_in(claire, ENS).token

    town.withdraws(token, both.subject, "lead")

    events = dict(town.published())
    assert events[ENS].rights == []
    assert [right["role"] for right in events[AGG].rights] == ["coach"]


def test_versions_count_on_with_each_change(town: Town, claire: Person) -> None:
    token = town.signs_in(claire, ENS).token
    offered = town.grants(token)
    assert town.published() == [], "an offer is between its office and its person"
    samir = town.arrives("samir.benali", offered.code)
    town.grants(token, role="lead")
    town.withdraws(token, samir.subject, "lead")
    town.invites_again(token, samir.subject)

    events = [event for _, event in town.published()]

    assert [event.version for event in events] == [1, 2, 3, 4]
    assert [event.active for event in events] == [True, True, True, False]
    assert events == sorted(events, key=lambda event: event.not_before)


def test_whom_the_register_does_not_list_is_told_nothing(
    database: Database, tmp_path: Path
) -> None:
    with make.town(database, tmp_path) as town:
        rows = (tmp_path / "register.json").read_text().replace("subject_changed", "other_fact")
        (tmp_path / "register.json").write_text(rows)
        town.ask(accounts.open_accounts, caller="ops", accounts=[make.family().account()])

        assert town.published() == []
