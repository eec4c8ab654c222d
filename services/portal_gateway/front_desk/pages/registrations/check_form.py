"""Form of an agent who checks a registration, with its mistakes. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.contracts.dossier.registration_decisions import (
    AcceptedChild,
    AcceptedSecond,
    AcceptRegistrationRequest,
    LookAtRegistrationAnswer,
    SeenPaper,
)
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

IDENTITY_PAPERS = ("carte d’identité", "passeport", "titre de séjour", "permis de conduire")
LINK_PAPERS = (
    "livret de famille",
    "acte de naissance",
    "jugement",
    "décision de placement",
    "acte de tutelle",
)
DOMICILE_PAPERS = (
    "facture",
    "quittance de loyer",
    "avis d’imposition",
    "attestation d’hébergement",
)
NEW = "new"

PICK = "Choisissez le document que vous avez vu."
COMPARE = "Un enfant connu lui ressemble : comparez, puis dites si c’est lui."
A_PARENT = "Cochez qui a l’autorité parentale."
A_DAY = "Écrivez une date, par exemple 06/12/2020."
UNPROVEN = "Cette adresse n’est pas confirmée : confirmez-la ci-dessus, ou remettez un code."


def initial_form(registration: LookAtRegistrationAnswer) -> Form:
    """Return the form before any entry: whatever is known is proposed, and nothing is merged."""
    values: dict[str, Any] = {"guardian": NEW, "household": NEW, "authority": "yes"}
    children = registration.content.get("children", {}).get("children", [])
    alike = {near["place"] for near in registration.alike}
    # where somebody could be known the agent compares before saying that it is another child
    values |= {f"child-{at}": "" if at in alike else NEW for at in range(len(children))}
    if registration.household:
        values["parents"] = [each["id"] for each in registration.household["guardians"]]
    values["access"] = "email" if registration.email["proven"] else "code"
    second = registration.content.get("second", {})
    values["second_lives_here"] = "yes" if second.get("lives_here") == "yes" else ""
    values["second_authority"] = "yes" if second.get("authority") == "both" else ""
    return Form(values)


def parse_form(sent: Mapping[str, Sequence[str]], registration: LookAtRegistrationAnswer) -> Form:
    """Return the form as it came, with what is wrong in it."""
    values: dict[str, Any] = {name: values[0].strip() for name, values in sent.items() if values}
    values |= {name: list(sent.get(name, ())) for name in ("providers", "parents")}
    form = Form(values)
    if registration.household:
        known = {each["id"] for each in registration.household["guardians"]}
        form.values["parents"] = [each for each in values["parents"] if each in known]
        if not form.values["parents"]:
            form.errors["parents"] = A_PARENT
    else:
        _check_guardian(form, registration)
    for place in range(len(registration.content["children"]["children"])):
        near = {each["child_id"] for each in registration.alike if each["place"] == place}
        if near and form.value(f"child-{place}") not in {NEW, *near}:
            form.errors[f"child-{place}"] = COMPARE
        if form.value(f"paper-{place}") not in LINK_PAPERS:
            form.errors[f"paper-{place}"] = PICK
    return form


def _check_guardian(form: Form, registration: LookAtRegistrationAnswer) -> None:
    if form.value("identity_paper") not in IDENTITY_PAPERS:
        form.errors["identity_paper"] = PICK
    if form.value("identity_date") and read_day(form.value("identity_date")) is None:
        form.errors["identity_date"] = A_DAY
    if form.value("access") == "email" and not registration.email["proven"]:
        form.errors["access"] = UNPROVEN


def acceptance_request(
    form: Form,
    registration_id: str,
    registration: LookAtRegistrationAnswer,
    providers: Sequence[str],
) -> AcceptRegistrationRequest:
    """Return what the dossier is asked to accept."""
    children = registration.content["children"]["children"]
    seen = form.value("domicile") if form.value("domicile") in DOMICILE_PAPERS else ""
    second = AcceptedSecond(
        authority=form.value("second_authority") == "yes",
        lives_here=form.value("second_lives_here") == "yes",
    )
    return AcceptRegistrationRequest(
        draft_id=registration_id,
        version=registration.version,
        guardian_id=_known_id(form.value("guardian")),
        household_id=_known_id(form.value("household")),
        authority=form.value("authority") == "yes",
        by_email=form.value("access") == "email",
        identity=None
        if registration.household
        else SeenPaper(
            paper=form.value("identity_paper"), paper_date=read_day(form.value("identity_date"))
        ),
        parents=form.values["parents"] if registration.household else [],
        domicile=SeenPaper(paper=seen, paper_date=None) if seen else None,
        children=[
            AcceptedChild(
                place=place,
                child_id=_known_id(form.value(f"child-{place}")),
                paper=form.value(f"paper-{place}"),
                paper_date=None,
            )
            for place in range(len(children))
        ],
        second=second if form.value("second") == "yes" else None,
        providers=[code for code in providers if form.chosen("providers", code)],
    )


def _known_id(value: str) -> str | None:
    return None if value in ("", NEW) else value
