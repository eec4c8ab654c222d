"""Finding the guardian of an e-mail address: at the front desk, by who corrects dossiers alone."""

import pytest

from shared.contracts.identity import accounts
from shared.runtime.ids import new_id
from tests.factories import identity as make
from tests.factories.credentials import DESK
from tests.factories.identity import Person, Town


def asks(town: Town, role: str, email: str) -> str | None:
    agent = make.agent(f"{role}.delcourt", (DESK, role), name="Omar Delcourt")
    town.opens(agent)
    token = town.signs_in(agent, DESK).token
    answer = town.ask(accounts.guardian_by_email, caller=DESK, token=token, email=email)
    found: str | None = answer.guardian_id
    return found


@pytest.mark.both_databases
def test_the_account_in_use_is_found_by_its_address_however_it_is_typed(
    town: Town, camille: Person
) -> None:
    assert asks(town, "dossiers", f" {camille.login.upper()} ") == camille.subject


def test_an_address_of_nobody_and_one_of_an_agent_are_nobodys(town: Town, claire: Person) -> None:
    assert asks(town, "dossiers", "nobody.at.all@exemple.fr") is None
    assert asks(town, "desk_lead", claire.login) is None


def test_who_does_not_correct_learns_of_no_address(town: Town, camille: Person) -> None:
    with pytest.raises(PermissionError):
        asks(town, "counter", camille.login)


def test_the_data_protection_office_learns_whom_emails_reach_and_no_address(
    town: Town, claire: Person, camille: Person
) -> None:
    agent = make.agent("data.delcourt", (DESK, "data_protection"), name="Omar Delcourt")
    town.opens(agent)
    who = [claire.subject, camille.subject, agent.subject, new_id()]

    def reached(role: Person) -> list[str]:
        token = town.signs_in(role, DESK).token
        asked = {"caller": DESK, "token": token, "guardian_ids": who}
        return sorted(town.ask(accounts.reached_by_email, **asked).reached)

    assert reached(agent) == [camille.subject]  # agents are no guardians
    counter = make.agent("counter.delcourt", (DESK, "counter"), name="Omar Delcourt")
    town.opens(counter)
    with pytest.raises(PermissionError):
        reached(counter)
