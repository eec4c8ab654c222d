"""Identity's table of contents; its handlers are in `handlers/`, by kind of caller."""

from services.identity.handlers.comparison.published_accounts import PUBLISHED, STORED
from services.identity.handlers.demo_accounts import Demonstration
from services.identity.handlers.events import Events
from services.identity.handlers.guardian_credentials import Guardians
from services.identity.handlers.held_data import HELD
from services.identity.handlers.office.agents import Agents
from services.identity.handlers.office.rights_awaiting_holder import RightOffers
from services.identity.handlers.ops_requests import Operations
from services.identity.handlers.own_account.email import OwnEmail
from services.identity.handlers.own_account.one_time_codes import OwnCodes
from services.identity.handlers.own_account.openid import OwnOpenId
from services.identity.handlers.own_account.passkeys import OwnPasskeys
from services.identity.handlers.own_account.password_and_sessions import OwnAccess
from services.identity.handlers.sessions.accompanied import Accompanied
from services.identity.handlers.sessions.activation import Activation
from services.identity.handlers.sessions.desk_passing import Desks
from services.identity.handlers.sessions.openid import OpenIdSignIn
from services.identity.handlers.sessions.sign_in import SignIn
from services.identity.jobs.schedule import Schedule
from services.identity.mail.metrics import measure_waiting_emails
from services.identity.sessions.metrics import measure_one_address_for_all
from services.identity.store import store, vault
from shared.bus import BILLING, DOSSIER, FRONT_DESK, PROVIDERS
from shared.bus.comparison import answers_subscribers
from shared.person import account_status_lookup


@answers_subscribers(BILLING, DOSSIER, FRONT_DESK, PROVIDERS)
class IdentityService(
    SignIn,
    OwnAccess,
    OwnCodes,
    OwnPasskeys,
    OpenIdSignIn,
    OwnOpenId,
    OwnEmail,
    Activation,
    Desks,
    Accompanied,
    Agents,
    RightOffers,
    Guardians,
    Operations,
    Demonstration,
    Events,
    Schedule,
):
    """Accounts, dated rights and tokens."""

    name = "identity"
    store = store
    held = HELD
    vault = vault
    account_status = staticmethod(account_status_lookup(store))  # type: ignore[assignment]
    published = PUBLISHED
    stored = STORED
    metric_sources = (measure_waiting_emails, measure_one_address_for_all)
