"""Asking and answering: what a caller may count on."""

from typing import Any

import pytest

from deploy.secrets import random_secret
from shared.contracts.errors import BadRequest, Failed, NoAnswer, NotAllowed
from tests.kit import contracts
from tests.kit.town import KitTown, until


def test_a_principal_gets_the_answer_to_what_it_asked(kit: KitTown, alpha: Any) -> None:
    portal = kit.client("portal")

    answer = until(lambda: portal.ask(contracts.echo, text="bonjour"))

    assert answer.text == "bonjour"
    portal.close()
