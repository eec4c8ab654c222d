"""A family at the front desk, an agent beside it: what identity lets happen, and ends."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from services.identity.models import Email, sealed_place_of_email
from services.identity.store import store
from shared.contracts.errors import BadRequest, NotFound, NotSignedIn
from shared.contracts.identity import accompanied_sessions, agents, sign_ins
from shared.contracts.identity.own_account import password_and_sessions as own_access
from shared.contracts.identity.own_account import second_factors
from shared.contracts.identity.sign_ins import WrongCredentials
from shared.dates.clock import now, today
from shared.person import OrderVerifier, Verifier
from shared.register.declarations import BILLING, DOSSIER, ENROLMENT, FRONT_DESK, PORTAL
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import identity as make
from tests.factories.identity import AGG, ENS, Person, Town

SUBSCRIBERS = (BILLING, DOSSIER, ENROLMENT, FRONT_DESK, PORTAL)


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Iterator[Town]:
    with make.town(database, tmp_path, subscribers=SUBSCRIBERS) as town:
        yield town


@pytest.fixture
def helene(town: Town) -> Person:
    """Give an agent who receives families at the front desk."""
    person = make.agent("helene", (FRONT_DESK, "counter"), name="Hélène Marais")
    town.opens(person)
    return person


@pytest.fixture
def omar(town: Town) -> Person:
    """Give the front desk's administrator, who also follows dossiers."""
    rights = (FRONT_DESK, "administrator"), (FRONT_DESK, "dossiers")
    person = make.agent("omar", *rights, name="Omar Delcourt")
    town.opens(person)
    return person


def opens(
    town: Town, agent: Person, guardian: str = "", at: str = FRONT_DESK, token: str = ""
) -> accompanied_sessions.OpenAccompaniedAnswer:
    """Let an agent open the session of Claire, who showed her passport and signed a slip."""
    token = token or town.signs_in(agent, at).token
    return town.ask(
        accompanied_sessions.open_accompanied,
        caller=at,
        token=token,
        guardian=guardian or new_id(),
        name="Claire Lefèvre",
        paper="passport",
        slip_signed_on=today(),
    )


def enters(town: Town, code: str) -> accompanied_sessions.EnterAccompaniedAnswer:
    return town.ask(accompanied_sessions.enter_accompanied, caller=PORTAL, code=code)


def renews(town: Town, session: str) -> sign_ins.IssuedToken:
    return town.ask(sign_ins.renew_token, caller=PORTAL, session=session)


def test_an_agent_of_the_front_desk_signs_in_there_with_a_second_factor(
    town: Town, helene: Person
) -> None:
    with pytest.raises(sign_ins.SecondFactorNeeded):
        town.signs_in(helene, FRONT_DESK, code="")

    assert town.lets(town.signs_in(helene, FRONT_DESK).token, FRONT_DESK) == helene.subject


def test_the_administrator_of_the_front_desk_gives_and_withdraws_its_rights(
    town: Town, omar: Person
) -> None:
    token = town.signs_in(omar, FRONT_DESK).token
    given = town.grants(token, FRONT_DESK, login="lou", name="Lou Faure", role="counter")
    lou = town.arrives("lou", given.code, at=FRONT_DESK)
    with pytest.raises(BadRequest):
        town.grants(token, FRONT_DESK, login="lou", name="Lou Faure", role="kitchen")

    town.withdraws(token, lou.subject, "counter", FRONT_DESK)

    listed = town.ask(agents.list_agents, caller=FRONT_DESK, token=token).agents
    assert [each["login"] for each in listed] == ["omar"]


def test_a_family_without_an_account_acts_for_twenty_minutes_with_an_agent_beside_it(
    town: Town, helene: Person
) -> None:
    claire = new_id()

    opened = opens(town, helene, claire)
    entered = enters(town, opened.code)

    person = town.gate.person(entered.token, PORTAL)
    assert (person.subject, person.kind, person.actor) == (claire, "family", helene.subject)
    assert (entered.name, entered.subject) == ("Claire Lefèvre", claire)
    lasts = entered.ends_at - now()
    assert timedelta(minutes=19) < lasts <= timedelta(minutes=20)
    with pytest.raises(NotSignedIn):
        town.gate.person(entered.token, FRONT_DESK)


def test_the_code_opens_one_session_once_and_for_half_a_minute(town: Town, helene: Person) -> None:
    used, late = opens(town, helene).code, ""
    enters(town, used)
    late = opens(town, make_other(town)).code
    town.time_passes(seconds=31)

    for code in (used, late, "guessed"):
        with pytest.raises(WrongCredentials):
            enters(town, code)


def make_other(town: Town) -> Person:
    """Open the account of another agent of the counter."""
    person = make.agent("noe", (FRONT_DESK, "counter"), name="Noé Caron")
    town.opens(person)
    return person


def test_it_ends_by_itself_after_twenty_minutes_and_no_token_lives_longer(
    town: Town, helene: Person
) -> None:
    entered = enters(town, opens(town, helene).code)
    town.time_passes(minutes=17)

    last = renews(town, entered.session)
    assert last.expires_at - now() < timedelta(minutes=3, seconds=1)
    claims = Verifier(town.service.settings.token_verify_key).claims(last.token)
    assert claims.expires_at == pytest.approx(last.expires_at.timestamp())

    town.time_passes(minutes=3, seconds=1)
    with pytest.raises(NotSignedIn):
        renews(town, entered.session)


def test_once_it_is_ended_none_of_its_tokens_passes_any_more(town: Town, helene: Person) -> None:
    entered = enters(town, opens(town, helene).code)

    town.ask(sign_ins.sign_out, caller=PORTAL, session=entered.session)

    with pytest.raises(NotSignedIn):
        town.gate.person(entered.token, PORTAL)
    with pytest.raises(NotSignedIn):
        renews(town, entered.session)


def test_a_right_withdrawn_ends_the_session_that_it_opened(
    town: Town, helene: Person, omar: Person
) -> None:
    entered = enters(town, opens(town, helene).code)
    administrator = town.signs_in(omar, FRONT_DESK).token

    town.withdraws(administrator, helene.subject, "counter", FRONT_DESK)

    with pytest.raises(NotSignedIn):
        town.gate.person(entered.token, PORTAL)
    with pytest.raises(NotSignedIn):
        renews(town, entered.session)


def test_whoever_answers_a_family_hears_whether_its_agent_still_stands(
    town: Town, helene: Person
) -> None:
    entered = enters(town, opens(town, helene).code)
    town.published()
    town.ask(sign_ins.sign_out, caller=PORTAL, session=entered.session)

    published = dict(town.published())
    assert published.keys() == {BILLING, DOSSIER, FRONT_DESK, PORTAL, ENS, AGG}
    assert {event.subject for event in published.values()} == {helene.subject}
    assert [right["role"] for right in published[DOSSIER].rights] == ["counter"]
    assert published[ENS].rights == published[BILLING].rights == []
    assert (published[ENS].name, published[FRONT_DESK].name) == ("Guichet unique", "Hélène Marais")


def test_a_new_session_ends_the_one_that_the_agent_left_open(town: Town, helene: Person) -> None:
    token = town.signs_in(helene, FRONT_DESK).token
    left = enters(town, opens(town, helene, token=token).code)

    opens(town, helene, token=token)

    with pytest.raises(NotSignedIn):
        town.gate.person(left.token, PORTAL)


def test_without_the_right_without_the_paper_and_for_an_agent_nothing_opens(
    town: Town, helene: Person, omar: Person
) -> None:
    with pytest.raises(PermissionError):
        opens(town, omar)
    with pytest.raises(NotFound):
        opens(town, helene, guardian=omar.subject)
    token = town.signs_in(make_other(town), FRONT_DESK).token
    with pytest.raises(BadRequest) as refused:
        town.ask(
            accompanied_sessions.open_accompanied,
            caller=FRONT_DESK,
            token=token,
            guardian=new_id(),
            name="Claire Lefèvre",
        )
    assert refused.value.detail["errors"].keys() == {"paper", "slip_signed_on"}


def test_an_agent_of_a_provider_opens_no_family_session(town: Town) -> None:
    lead = make.agent("karim", ("ens", "lead"), name="Karim Haddad")
    town.opens(lead)

    with pytest.raises(PermissionError):
        opens(town, lead, at=ENS)


# A code on the guardian's telephone


def has_code(town: Town, token: str, guardian: str) -> str:
    """Let an agent send a code; return the digits of the email that waits to leave."""
    sent = town.ask(
        accompanied_sessions.send_counter_code, caller=FRONT_DESK, token=token, guardian=guardian
    ).sent
    with store.read() as read:
        emails = read.scalars(select(Email).order_by(Email.posted_at, Email.id)).all()
    assert sent
    return str(
        store.unseal(sealed_place_of_email(emails[-1].id), emails[-1].content)["values"]["code"]
    )


def opens_by_code(
    town: Town, token: str, guardian: str, digits: str
) -> accompanied_sessions.OpenAccompaniedAnswer:
    return town.ask(
        accompanied_sessions.open_accompanied,
        caller=FRONT_DESK,
        token=token,
        guardian=guardian,
        name="Claire Lefèvre",
        proof=accompanied_sessions.BY_CODE,
        six_digits=digits,
    )


@pytest.fixture
def claire(town: Town) -> Person:
    """Give a guardian with an account of her own."""
    person = make.family("claire@exemple.fr", name="Claire Lefèvre")
    town.opens(person)
    return person


def test_six_digits_sent_to_the_guardians_own_address_open_the_session_once(
    town: Town, helene: Person, claire: Person
) -> None:
    token = town.signs_in(helene, FRONT_DESK).token
    digits = has_code(town, token, claire.subject)

    opened = opens_by_code(town, token, claire.subject, f"{digits[:3]} {digits[3:]}")

    assert enters(town, opened.code).subject == claire.subject
    with pytest.raises(WrongCredentials):
        opens_by_code(town, token, claire.subject, digits)


def test_other_digits_another_guardian_or_a_sixth_try_open_nothing(
    town: Town, helene: Person, claire: Person
) -> None:
    token = town.signs_in(helene, FRONT_DESK).token
    digits = has_code(town, token, claire.subject)
    wrong = f"{(int(digits) + 1) % 1_000_000:06}"

    for guardian, typed in ((new_id(), digits), *((claire.subject, wrong),) * 5):
        with pytest.raises(WrongCredentials):
            opens_by_code(town, token, guardian, typed)

    with pytest.raises(WrongCredentials):
        opens_by_code(town, token, claire.subject, digits)


def test_a_code_is_good_for_ten_minutes(town: Town, helene: Person, claire: Person) -> None:
    digits = has_code(town, town.signs_in(helene, FRONT_DESK).token, claire.subject)

    town.time_passes(minutes=11)

    token = town.signs_in(helene, FRONT_DESK).token
    with pytest.raises(WrongCredentials):
        opens_by_code(town, token, claire.subject, digits)


def test_where_no_address_is_known_no_code_is_sent(town: Town, helene: Person) -> None:
    token = town.signs_in(helene, FRONT_DESK).token

    assert not town.ask(
        accompanied_sessions.send_counter_code, caller=FRONT_DESK, token=token, guardian=new_id()
    ).sent
    with pytest.raises(WrongCredentials):
        opens_by_code(town, token, new_id(), "")


def test_what_a_family_orders_at_the_counter_is_signed_with_its_agent(
    town: Town, helene: Person
) -> None:
    entered = enters(town, opens(town, helene).code)

    signed = town.ask(sign_ins.sign_act, token=entered.token, digest="a" * 64).signed

    key = town.service.settings.token_verify_key
    person, _ = OrderVerifier(key).person(signed, "a" * 64)
    assert (person.subject, person.actor) == (entered.subject, helene.subject)


def test_an_agent_beside_a_family_neither_reads_nor_changes_its_access(
    town: Town, helene: Person
) -> None:
    entered = enters(town, opens(town, helene).code)
    requests = {
        own_access.my_access: {"session": entered.session},
        own_access.change_password: {"former": make.PASSWORD, "password": "quatre chats gris"},
        own_access.end_other_sessions: {"session": entered.session},
        second_factors.second_factors: {},
        second_factors.begin_passkey: {"session": entered.session},
        second_factors.ask_again_for_passkey: {"session": entered.session},
        second_factors.begin_codes: {"session": entered.session},
        second_factors.remove_codes: {},
        second_factors.renew_recovery_codes: {},
        second_factors.prove_person: {"session": entered.session, "password": make.PASSWORD},
    }

    for method, payload in requests.items():
        with pytest.raises(PermissionError):
            town.ask(method, token=entered.token, **payload)
