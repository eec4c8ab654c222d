"""Ready accounts for a town of demonstration."""

from services.identity.accounts.commands.publishing import publish_subject_changed
from services.identity.accounts.rules import passwords
from services.identity.agents.commands import demo_accounts
from services.identity.agents.queries.demo_accounts_not_open import demo_accounts_not_open
from services.identity.agents.rules.usable_demo_accounts import require_usable_accounts
from services.identity.store import store, vault
from shared.bus import DEMO_OPS, Service, answers, service_only
from shared.bus.native_threads import run_in_native_thread
from shared.contracts.errors import NotAllowed
from shared.contracts.identity import accounts
from shared.contracts.message import Caller
from shared.dates.clock import now, today


class Demonstration(Service):
    """Accounts without invitations, in a town that the town file declares a demonstration."""

    @answers(accounts.open_accounts, callers=[DEMO_OPS], right=service_only)
    def open_accounts(
        self, request: accounts.OpenAccountsRequest, _caller: Caller
    ) -> accounts.OpenAccountsAnswer:
        register = store.register
        if not register.now.town.demo:
            raise NotAllowed(callee=self.name, method="open_accounts")
        require_usable_accounts(request.accounts, register)
        with store.read() as read:
            fresh = demo_accounts_not_open(read, request.accounts)
        typed = {account["password"] for account in fresh}
        hashes = {
            password: run_in_native_thread(passwords.hash_password, password) for password in typed
        }
        vault.prepare_keys(account["subject"] for account in fresh)
        with store.write() as write:
            opened = demo_accounts.open_demo_accounts(write, fresh, hashes, vault, now(), today())
            for account in opened:
                publish_subject_changed(write, account, register, today())
        return accounts.OpenAccountsAnswer(len(opened))
