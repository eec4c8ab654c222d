"""Who is told of a person, and what."""

from pathlib import Path

from shared.contracts.identity import accounts
from tests.databases import Database
from tests.factories import identity as make
from tests.factories.identity import AGG, ENS, Person, Town


def test_dossier_and_portal_hear_of_a_family_and_no_provider_does(town: Town) -> None:
    person = make.family()

    town.ask(accounts.open_accounts, caller="ops", accounts=[person.account()])

    told = town.told()
    assert {principal for principal, _ in told} == {"dossier", "portal"}
    for _, fact in told:
        assert (fact.subject, fact.kind, fact.active) == (person.subject, "family", True)
        assert fact.rights == []


def test_each_provider_hears_of_its_own_agents_with_their_rights_at_it(town: Town) -> None:
    both = make.agent("lea.martin", ("ens", "lead"), ("agg", "coach"))

    town.ask(accounts.open_accounts, caller="ops", accounts=[both.account()])

    roles = {who: [right["role"] for right in fact.rights] for who, fact in town.told()}
    assert roles == {ENS: ["lead"], AGG: ["coach"]}


def test_a_provider_hears_of_the_end_of_the_last_right_and_of_no_other_ones(
    town: Town, claire: Person
) -> None:
    both = make.agent("lea.martin", ("ens", "lead"), ("agg", "coach"))
    town.opens(both)
    token = town.signs_in(claire, ENS).token

    town.withdraws(token, both.subject, "lead")

    facts = dict(town.told())
    assert facts[ENS].rights == []
    assert [right["role"] for right in facts[AGG].rights] == ["coach"]


def test_versions_count_on_with_each_change(town: Town, claire: Person) -> None:
    token = town.signs_in(claire, ENS).token
    granted = town.grants(token)
    town.grants(token, role="lead")
    town.activates(town.grants(token).code)
    town.withdraws(token, granted.subject, "lead")

    facts = [fact for _, fact in town.told()]

    assert [fact.version for fact in facts] == [1, 2, 3, 4, 5]
    assert [fact.active for fact in facts] == [False, False, False, True, True]
    assert facts == sorted(facts, key=lambda fact: fact.not_before)


def test_whom_the_register_does_not_list_is_told_nothing(
    database: Database, tmp_path: Path
) -> None:
    with make.town(database, tmp_path) as town:
        rows = (tmp_path / "register.json").read_text().replace("subject_changed", "other_fact")
        (tmp_path / "register.json").write_text(rows)
        town.ask(accounts.open_accounts, caller="ops", accounts=[make.family().account()])

        assert town.told() == []
