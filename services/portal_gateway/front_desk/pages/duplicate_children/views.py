"""Files that could be one child: a list, two side by side, joined, and taken apart again."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.front_desk import protecting_agents
from services.portal_gateway.front_desk.pages.corrections import labels
from services.portal_gateway.front_desk.pages.duplicate_children import forms as double_forms
from services.portal_gateway.front_desk.pages.households import found_people, search_form
from services.portal_gateway.front_desk.pages.households.household_agent_may_open import (
    require_household,
)
from shared.contracts.dossier.families import duplicate_children as contracts
from shared.contracts.dossier.front_desk import OpenedChild
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.message import Empty
from shared.register.entitlement import JOIN
from shared.web.agents import current_agent as agent
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form
from shared.web.language.provider_badges import badge_by_code

blueprint = Blueprint("doubles", __name__)

PAIR = "/doublons/<uuid:kept_id>/<uuid:other_id>"
JOINED = "/doublons/reunis/<uuid:join_id>"
OF_CHILD = "/dossiers/<uuid:household_id>/enfants/<uuid:child_id>/doublon"


@blueprint.get("/doublons")
@agent.for_agents_who_may(JOIN)
def list_doubles() -> str:
    """List the files that could be one child, and those that were joined."""
    return render_template(
        "front_desk/doubles.html",
        found=agent.ask(contracts.possible_doubles, Empty()),
        joins=agent.ask(contracts.list_joins, Empty()).joins,
        alike=double_forms.ALIKE,
        names=protecting_agents.agent_names(),
        mark=partial(badge_by_code, shell_here().register),
    )


@blueprint.get(OF_CHILD)
@agent.for_agents_who_may(JOIN)
def show_search(household_id: UUID, child_id: UUID) -> str:
    """Ask which other file is this child too: one that no likeness has proposed."""
    return _search_page(household_id, child_id, Form({}))


@blueprint.post(OF_CHILD)
@agent.for_agents_who_may(JOIN)
def search(household_id: UUID, child_id: UUID) -> ResponseReturnValue:
    """Show the children whom a name could be, each a step from being compared with this one."""
    form = search_form.sent_search()
    if form.errors:
        return _search_page(household_id, child_id, form), 422
    answer = search_form.search_dossiers(form)
    others = {
        line.child_id: line
        for line in found_people.found_lines(shell_here().register, answer.found)
        if line.child_id not in ("", str(child_id))
    }
    return _search_page(household_id, child_id, form, found=[*others.values()], more=answer.more)


@blueprint.get(PAIR)
@agent.for_agents_who_may(JOIN)
def compare(kept_id: UUID, other_id: UUID) -> str:
    """Show two files side by side, and ask what goes on and which paper was seen."""
    answer = _compare_files(kept_id, other_id)
    return _pair_page(answer, kept_id, other_id, Form({}))


@blueprint.post(PAIR)
@agent.for_agents_who_may(JOIN)
def join_two_files(kept_id: UUID, other_id: UUID) -> ResponseReturnValue:
    """Let both files be read as one child from today on."""
    answer = _compare_files(kept_id, other_id)
    form = double_forms.sent_join_form(answer)
    if not form.errors:
        asked = double_forms.request_to_join(form, answer, str(kept_id), str(other_id))
        _send_with_refusals_in_form(form, contracts.join_files, asked)
    if form.errors:
        return _pair_page(answer, kept_id, other_id, form), 422
    flash("joined", "doubles")
    return redirect(url_for("doubles.list_doubles", _anchor="joined"), 303)


@blueprint.post(f"{PAIR}/deux-enfants")
@agent.for_agents_who_may(JOIN)
def note_different(kept_id: UUID, other_id: UUID) -> ResponseReturnValue:
    """Note that these are two children: the pair is proposed no more."""
    try:
        agent.ask(contracts.note_different, contracts.TwoFiles(str(kept_id), str(other_id)))
    except (NotFound, contracts.CannotJoin):
        abort(404)
    flash("apart", "doubles")
    return redirect(url_for("doubles.list_doubles"), 303)


@blueprint.get(f"{JOINED}/separer")
@agent.for_agents_who_may(JOIN)
def show_parting(join_id: UUID) -> str:
    """Ask to which file goes what was written since, and which paper was seen."""
    return _parting_page(_join_in_force(join_id), Form({}))


@blueprint.post(f"{JOINED}/separer")
@agent.for_agents_who_may(JOIN)
def take_files_apart(join_id: UUID) -> ResponseReturnValue:
    """Let each file have again what it had."""
    joined = _join_in_force(join_id)
    form = double_forms.sent_part_form()
    if not form.errors:
        asked = double_forms.request_to_take_apart(form, str(join_id))
        _send_with_refusals_in_form(form, contracts.part_files, asked)
    if form.errors:
        return _parting_page(joined, form), 422
    flash("parted", "doubles")
    return redirect(url_for("doubles.list_doubles", _anchor="joined"), 303)


def _send_with_refusals_in_form(form: Form, method: Any, asked: Any) -> None:
    """Send what the agent decided; put a refusal into the form's errors."""
    try:
        agent.ask(method, asked)
    except contracts.CannotJoin as refused:
        form.errors["sure"] = str(double_forms.OBSTACLES[refused.detail["why"]])
    except contracts.CouldBeTwins:
        form.errors["not_twins"] = _(
            "Ces prénoms diffèrent : dites que ce ne sont pas des jumeaux."
        )
    except BadRequest as refused:
        errors = refused.detail["errors"]
        if "paper_date" in errors:
            form.errors["paper_date"] = _("Cette pièce est datée d’un jour à venir.")
        for section in errors.get("taken", ()):
            form.errors[double_forms.field_of_section(section)] = _(
                "Un des dossiers vient de changer : relisez, puis dites quelle réponse reste."
            )


def _compare_files(kept_id: UUID, other_id: UUID) -> contracts.CompareFilesAnswer:
    try:
        return agent.ask(contracts.compare_files, contracts.TwoFiles(str(kept_id), str(other_id)))
    except NotFound:
        abort(404)


def _search_page(household_id: UUID, child_id: UUID, form: Form, **found: object) -> str:
    form.labels = search_form.field_labels()
    return render_template(
        "front_desk/find_double.html",
        household_id=household_id,
        child=_child_of_household(household_id, child_id),
        form=form,
        **found,
    )


def _child_of_household(household_id: UUID, child_id: UUID) -> OpenedChild:
    opened = require_household(household_id)
    matches = (child for child in opened.children if child["id"] == str(child_id))
    return next(matches, None) or abort(404)


def _join_in_force(join_id: UUID) -> contracts.Join:
    joins = agent.ask(contracts.list_joins, Empty()).joins
    found = (row for row in joins if row["join_id"] == str(join_id) and not row["parted_at"])
    return next(found, None) or abort(404)


def _pair_page(
    answer: contracts.CompareFilesAnswer, kept_id: UUID, other_id: UUID, form: Form
) -> str:
    sections = {section.code: section.label for section in shell_here().register.now.sections}
    form.labels = double_forms.field_labels(sections)
    return render_template(
        "front_desk/compare_files.html",
        pair=answer,
        ids={"kept_id": kept_id, "other_id": other_id},
        form=form,
        sections=sections,
        choices=double_forms.file_choices_by_section(answer),
        field_of=double_forms.field_of_section,
        alike=double_forms.ALIKE,
        obstacle=double_forms.OBSTACLES.get(answer.obstacle, ""),
        papers=[(code, labels.PAPERS[code]) for code in double_forms.PAPERS],
    )


def _parting_page(joined: contracts.Join, form: Form) -> str:
    form.labels = double_forms.field_labels({})
    return render_template(
        "front_desk/part_files.html",
        joined=joined,
        form=form,
        sides=[
            (contracts.KEPT, _("au dossier qui est resté")),
            (contracts.OTHER, _("à l’autre dossier")),
        ],
        papers=[(code, labels.PAPERS[code]) for code in double_forms.PAPERS],
    )
