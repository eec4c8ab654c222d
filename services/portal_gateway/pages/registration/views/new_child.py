"""A known family adds a child: one form, what is known is not asked again, the desk checks it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.overview.queries.schools import published_schools
from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.pages.page_parts.households import household_names, own_households
from services.portal_gateway.pages.registration import labels
from services.portal_gateway.pages.registration.forms import CHILD, FIELDS_OF_CHILD
from services.portal_gateway.pages.registration.registration_cookie import Bearer, send_paper
from services.portal_gateway.session import current_user
from shared.contracts.dossier import guardians, registrations
from shared.contracts.dossier.papers import household_papers
from shared.contracts.errors import BadRequest, NoAnswer, Unavailable
from shared.contracts.message import Empty
from shared.contracts.values import OfHousehold
from shared.dates.clock import today
from shared.files.cleaning import BROKEN, CleanFile, FileRefused
from shared.files.types import LARGEST_SENT
from shared.town.schools.choice import level_choices, schools_by_commune
from shared.web.forms import uploads
from shared.web.forms.form_data import Form, flat_errors
from shared.web.forms.form_rows import iso_day
from shared.web.forms.school_fields import read_school
from shared.web.language.languages import FRENCH
from shared.web.session.request_rounds import Asked, round_request

blueprint = Blueprint("new_child", __name__)

DOMICILE = "domicile"
PAPERS = ("child_identity", DOMICILE)
"""Papers of a school enrolment, of three, that a known family has not shown."""


@blueprint.get("/enfants/ajouter")
@current_user.signed_in
def show() -> ResponseReturnValue:
    """Ask for the child alone, and show what waits at the desk."""
    return _page(Form({"last_name": _family_name()}))


@blueprint.post("/enfants/ajouter")
@current_user.signed_in
def add() -> ResponseReturnValue:
    """Hand the child and the papers to the desk; what is wrong comes back as it was typed."""
    form = Form(
        {name: request.form.get(name, "").strip() for name in ("household", *FIELDS_OF_CHILD)}
    )
    household_id, papers = _household_of_form(form), _papers_of_form(form)
    school = read_school(form, "school", published_schools())
    _check_child(form, school)
    if form.errors:
        return _page(form), 422
    try:
        _send_registration(household_id, form, school, papers)
    except (NoAnswer, Unavailable):
        return _page(form, unsent=True), 503
    except registrations.TooManyRegistrations:
        form.errors["first_name"] = _("Plusieurs demandes attendent déjà : le guichet les regarde.")
    except registrations.UnreadablePaper:
        form.errors["child_identity"] = uploads.refusal_sentence(FileRefused(BROKEN))
    except BadRequest as refusal:
        form.spoken = FRENCH
        form.errors = flat_errors(refusal.detail["errors"])
    if form.errors:
        return _page(form), 422
    flash("sent", "new_child")
    return redirect(url_for("new_child.show"), 303)


@blueprint.post("/enfants/ajouter/<registration_id>/retirer")
@current_user.signed_in
def withdraw(registration_id: str) -> ResponseReturnValue:
    """Take a request back that the desk has not decided."""
    asked = registrations.WithdrawChildRegistrationRequest(parsing.require_id(registration_id))
    try:
        current_user.ask(registrations.withdraw_child_registration, asked)
    except registrations.RegistrationClosed:
        flash("decided", "new_child")
    return redirect(url_for("new_child.show"), 303)


def _send_registration(
    household_id: str, form: Form, school: str, papers: dict[str, CleanFile]
) -> None:
    """Write the registration, whole, and hand it to the desk; done again it begins anew."""
    opened = current_user.ask(
        registrations.open_child_registration,
        OfHousehold(household_id),
    )
    bearer = Bearer(opened.reference, opened.key)
    child = {name: form.value(name) for name in CHILD} | {"school": school}
    child["birth_date"] = iso_day(form.value("birth_date"))
    bearer.ask(
        registrations.save_registration,
        registrations.SaveRegistrationRequest(
            bearer.reference, bearer.key, "children", {"children": [child]}
        ),
    )
    for kind, paper in papers.items():
        send_paper(bearer, kind, paper.content)
    bearer.ask(registrations.send_registration)


def _household_of_form(form: Form) -> str:
    """Return the household of the form, the only one where there is one; raises NotFound."""
    own = own_households()
    chosen = form.value("household") or (own[0] if len(own) == 1 else "")
    if chosen not in own:
        form.errors["household"] = _("Choisissez une des réponses proposées.")
    return chosen


def _papers_of_form(form: Form) -> dict[str, CleanFile]:
    """Return the papers that were sent, made anew."""
    papers = {}
    for kind in PAPERS:
        sent = request.files.get(kind)
        content = sent.read(LARGEST_SENT + 1) if sent else b""
        if content:
            try:
                papers[kind] = uploads.clean_sent_file(content, registrations.MOST_PAPER_BYTES)
            except FileRefused as refusal:
                form.errors[kind] = uploads.refusal_sentence(refusal)
    return papers


def _check_child(form: Form, school: str) -> None:
    for name in ("first_name", "last_name"):
        if not form.value(name):
            form.errors[name] = _("À remplir.")
    born = iso_day(form.value("birth_date"))
    if not born:
        form.errors["birth_date"] = _("Écrivez une date, par exemple 03/05/2018.")
    elif born > today().isoformat():
        form.errors["birth_date"] = _(
            "Cette date est à venir : ajoutez l’enfant après sa naissance."
        )
    child = {name: form.value(name) for name in CHILD if name != "birth_date"}
    child["school"] = school
    _kept, mistakes = registrations.check_step("children", {"children": [child]})
    for name, sentence in flat_errors(mistakes).items():
        form.errors.setdefault(name.rsplit("-", 1)[-1], sentence)


def _family_name() -> str:
    """Return the last name of the eldest child, which most brothers and sisters bear."""
    children = current_user.ask(guardians.my_children, Empty()).children
    return children[0]["last_name"] if children else ""


def _has_address_proof(answer: object) -> bool:
    """Say whether a household's proof of address waits or was found in order: it is not asked."""
    if not isinstance(answer, household_papers.HouseholdPapersAnswer):
        return False
    return any(
        paper["kind"] == household_papers.ADDRESS_PROOF
        and paper["state"] in (household_papers.WAITING, household_papers.ACCEPTED)
        for paper in answer.papers
    )


def _page(form: Form, **more: object) -> str:
    form.labels = {
        **labels.field_labels(FIELDS_OF_CHILD),
        "household": _("Foyer"),
        **{kind: str(labels.PAPERS[kind]) for kind in PAPERS},
    }
    own = own_households()
    homes = [round_request(guardians.my_household, OfHousehold(each)) for each in own]
    kept = [round_request(household_papers.household_papers, OfHousehold(each)) for each in own]
    others: list[Asked[object]] = [*homes, *kept]
    answers, mine = current_user.ask_with_many(
        others, round_request(registrations.my_child_registrations, Empty())
    )
    proven = all(_has_address_proof(answer) for answer in answers[len(own) :])
    known = mine if isinstance(mine, registrations.MyChildRegistrationsAnswer) else None
    return render_template(
        "portal/new_child.html",
        form=form,
        homes=household_names(own, answers[: len(own)]),
        proof_kept=proven,
        waiting=known.registrations if known else [],
        papers={
            kind: (labels.PAPERS[kind], labels.EXAMPLES[kind])
            for kind in PAPERS
            if not (proven and kind == DOMICILE)
        },
        reasons=labels.REASONS,
        accepted=uploads.ACCEPTED,
        town_schools=schools_by_commune(published_schools()),
        levels=level_choices(),
        **more,
    )
