"""« Mot de passe oublié » at the portal: one answer for every login, and what to expect of it."""

import re
from pathlib import Path

import pytest

from shared.contracts.identity import invitations
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import main_of

ADDRESS = "/mot-de-passe-oublie"


@pytest.mark.parametrize(
    ("mail_is_away", "said"),
    [
        (False, "un message y arrive dans quelques minutes"),
        (True, "Les e-mails de la ville ne partent pas en ce moment."),
    ],
    ids=["mail leaves", "mail is away"],
)
def test_the_page_says_when_a_message_is_to_be_expected(
    database: Database, tmp_path: Path, *, mail_is_away: bool, said: str
) -> None:
    with make.portal_on(database, tmp_path) as portal:
        portal.callees.answers(
            "identity", invitations.forgotten_password, lambda _: {"mail_is_away": mail_is_away}
        )
        browser = portal.site.test_client()

        (token,) = re.findall(r'name="csrf_token" value="([^"]+)"', browser.get(ADDRESS).text)
        typed = {"csrf_token": token, "login": "claire@exemple.fr"}
        answer = browser.post(ADDRESS, data=typed)
        page = main_of(browser.get(answer.location).text)

        assert answer.status_code == 303 and said in page
        assert ("dans quelques minutes" in page) is not mail_is_away
