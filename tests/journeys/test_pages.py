"""Pages load little, ask no third party, and answer to the keyboard."""

from urllib.parse import urlsplit

from playwright.sync_api import expect

from deploy.processes.public_addresses import PORTAL, pages_of_services
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.people import Agent, Parent
from tests.journeys.town import DemoTown

MOST_BYTES = 150_000


def test_the_first_load_is_light(town: DemoTown, new_page: NewPage) -> None:
    page = new_page()
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(answer.body())))

    page.goto(town.portal, wait_until="networkidle")

    assert 0 < sum(sizes) < MOST_BYTES


def test_no_page_asks_anything_of_a_third_party(town: DemoTown, new_page: NewPage) -> None:
    parent = Parent(town, new_page(), "claire.lefevre@example.org")
    asked: set[str] = set()
    parent.page.on("request", lambda request: asked.add(request.url.split("/")[2]))

    parent.sign_in()
    parent.open_child("Manon")

    pages = pages_of_services(town.applied.engines_of_town, town.applied.register_in_force() or {})[
        PORTAL
    ]
    own = {urlsplit(address).netloc for address in (pages.address, pages.stream)}
    assert asked == own - {""}


def test_an_agent_finds_a_child_with_the_keyboard_alone(town: DemoTown, new_page: NewPage) -> None:
    agent = Agent(town, new_page(DESK), "ens", "karim.haddad")
    agent.sign_in()
    agent.page.goto(agent.desk)

    agent.page.keyboard.press("Control+k")
    agent.page.keyboard.type("manon lefevre")
    agent.page.keyboard.press("Enter")

    expect(agent.page.get_by_role("heading", level=1)).to_have_text("Manon Lefèvre")
