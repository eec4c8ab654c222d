"""An agent who works for two providers signs in once, and sees at each what that one may see."""

from playwright.sync_api import expect

from tests.journeys.conftest import DESK, NewPage
from tests.journeys.people import Agent
from tests.journeys.town import DemoTown


def test_an_agent_of_two_providers_signs_in_once_and_goes_on_to_the_other_desk(
    town: DemoTown, new_page: NewPage
) -> None:
    agent = Agent(town, new_page(DESK), "ens", "karim.haddad")
    agent.sign_in()
    agent.page.goto(agent.desk)

    agent.page.get_by_role("link", name="Changer de service").click()
    agent.page.get_by_role("button", name="Sports de l’agglomération").click()

    agent.page.wait_for_url(f"{town.desk('agg')}/**")
    expect(agent.page.locator("header")).to_contain_text("Karim Haddad")
    assert "code=" not in agent.page.url
    agent.desk = town.desk("agg")
    agent.find("Manon Lefèvre")
    assert "végétarien" not in agent.text().lower()
