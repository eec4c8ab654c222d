"""Messages by which an e-mail address reaches identity, which makes logins and sends letters."""

from importlib import import_module
from pkgutil import walk_packages

from deploy.services import declarations_in_code
from shared import contracts
from shared.contracts.message import Event, Method
from shared.register.declarations import IDENTITY, Subscribes

PROVEN = {
    "identity.ask_email.email": "a code leaves for it, which its person types in a session",
    "identity.invite_guardian.email": "proven by a letter, or said aloud at the counter (0049)",
    "identity.guardian_by_email.email": "compared with accounts in use; stored and sent nowhere",
    "dossier.registration_opened.address": "gets the letter that proves it",
    "dossier.access_granted.address": "gets the letter that proves it, or that tells its account",
    "dossier.registration_email_changed.address": "of before: it is told",
}


def test_an_address_reaches_identity_by_these_messages_alone_and_each_proves_it_or_tells_it() -> (
    None
):
    heard = {
        row.event
        for row in declarations_in_code()
        if isinstance(row, Subscribes) and row.service == IDENTITY
    }
    arriving = {}
    for module in walk_packages(contracts.__path__, "shared.contracts."):
        for message in vars(import_module(module.name)).values():
            if isinstance(message, Method) and message.owner == IDENTITY:
                arriving[message.full_name] = message._request.fields
            elif isinstance(message, Event) and message.name in heard:
                arriving[message.full_name] = message._schema.fields

    found = {
        f"{name}.{field}"
        for name, fields in arriving.items()
        for field in fields
        if "mail" in field or (field == "address" and not name.startswith(f"{IDENTITY}."))
    }

    assert found == set(PROVEN)
