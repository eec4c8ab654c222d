"""Lists of a group: those who apply, and the children who have a place."""

from collections.abc import Callable, Mapping

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.desk.applications import labels
from services.enrolment.desk.page_parts.list_columns import FAMILY_NAME, birth_column, name_column
from services.enrolment.places.applications.queries.desk_lists import ApplicationLine, ChildLine
from shared.web.agents.lists.columns import DAY, MOMENT, NUMBER, Column, List

Verdicts = Mapping[str, str]
"""Labels of a child's conditions, by its id."""


def applications_list(verdicts: Verdicts, *, with_points: bool) -> List[ApplicationLine]:
    """Return the list of who applies to a group, in the order in which a desk works."""
    columns: list[Column[ApplicationLine]] = [
        name_column(_listed_name_of_applicant, lambda line: _address_of_application(line)),
        birth_column(),
        Column("etat", _l("État"), _state_in_words, filtered=True, state=_tone_of_state),
        Column("rang", _l("Rang"), lambda line: line.rank, NUMBER),
        Column("reponse", _l("Réponse avant"), lambda line: line.application.answer_until, MOMENT),
        Column("points", _l("Points"), lambda line: line.application.points, NUMBER),
        Column("origine", _l("Origine"), _channel_in_words, filtered=True),
        Column("recue", _l("Reçue"), lambda line: line.application.submitted_at, MOMENT),
        Column(
            "verifier", _l("À vérifier"), _make_verdict_column_text(verdicts, _child_of_application)
        ),
    ]
    title = _l("Demandes d’un groupe")
    whole = List(title, columns, index=FAMILY_NAME)
    return whole if with_points else whole.without_columns("points")


def children_list(verdicts: Verdicts) -> List[ChildLine]:
    """Return the list of the children who have a place in a group."""
    columns: list[Column[ChildLine]] = [
        name_column(
            lambda line: (
                line.listed_name if line.name else (_("Enfant dont le dossier n’est plus là"), "")
            ),
            lambda line: url_for("children.show", child_id=line.child_id),
        ),
        birth_column(),
        Column("jours", _l("Jours"), lambda line: labels.fixed_days(line.weekdays)),
        Column("du", _l("Du"), lambda line: line.place.valid_from, DAY),
        Column("au", _l("Au"), lambda line: line.place.valid_to, DAY),
        Column(
            "verifier",
            _l("À vérifier"),
            _make_verdict_column_text(verdicts, lambda line: line.child_id),
        ),
    ]
    return List(_l("Enfants d’un groupe"), columns, sort=FAMILY_NAME, index=FAMILY_NAME)


def in_desk_order(lines: list[ApplicationLine]) -> list[ApplicationLine]:
    """Return applications by state, as a desk works through them; each state as it came."""
    order = list(labels.STATES)
    return sorted(lines, key=lambda line: order.index(line.application.state))


def _listed_name_of_applicant(line: ApplicationLine) -> tuple[str, str]:
    return line.listed_name if line.name else (labels.child_name(line), "")


def _address_of_application(line: ApplicationLine) -> str:
    return url_for("applications.show_one", application_id=line.application.id)


def _child_of_application(line: ApplicationLine) -> str:
    return line.application.child_id


def _state_in_words(line: ApplicationLine) -> str:
    reason = labels.refusal_reason(line.application)
    state = str(labels.STATES[line.application.state])
    return _("%(state)s : %(reason)s", state=state, reason=reason) if reason else state


def _tone_of_state(line: ApplicationLine) -> tuple[str, str, str]:
    state = line.application.state
    return labels.TONES.get(state, "soft"), labels.DRAWINGS.get(state, "info"), ""


def _channel_in_words(line: ApplicationLine) -> str:
    return labels.channel(line.application.channel)


def _make_verdict_column_text(
    verdicts: Verdicts, child_of: Callable[..., str]
) -> Callable[..., str]:
    return lambda line: verdicts.get(child_of(line), "")
