"""
The roll call's page: a shell without a name in it, the service worker, opening and locking.

The shell may be kept by the browser: everything about children comes as JSON
(desk/roll_call/views/roll_call_lists.py), which the page keeps sealed on an enrolled tablet,
and nowhere else.
"""

import hashlib
from functools import cache
from pathlib import Path

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    make_response,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from services.enrolment.attendance.tablets.commands import pins, tablets
from services.enrolment.attendance.tablets.queries.tablets_and_duties import agents_with_pin
from services.enrolment.desk.access import agent
from services.enrolment.desk.access import roll_call_agent as duty
from services.enrolment.desk.roll_call.labels import page_labels
from services.enrolment.store import store
from shared.dates.clock import now, today
from shared.web.base import sign_in_limits
from shared.web.base.assets import asset_address
from shared.web.session import cookies

blueprint = Blueprint("roll_call", __name__, url_prefix="/pointage")

STATIC = Path(__file__).resolve().parents[2] / "static"
PARTS = (
    "roll_call.js",
    "roll_list.js",
    "roll_passages.js",
    "roll_gestures.js",
    "roll_filter.js",
    "roll_device.js",
    "roll_queue.js",
    "roll_call.css",
)
THEME = ("preau.css", "desk.css", "icons.svg", "favicon.svg")


@blueprint.get("/")
def show() -> str:
    """Show the shell, on an enrolled tablet or to an agent who calls the roll."""
    if duty.enrolled_tablet() is None and duty.current_on_duty() is None:
        agent.require_agent()
        abort(404)  # signed in, and without the right: a way to sign in would lead back here
    return render_template(
        "desk/roll_call/shell.html", page_labels=page_labels(), part=address_of_page_file
    )


@blueprint.get("/sw.js")
def service_worker() -> Response:
    """Give the service worker; served from here, its scope is the roll call."""
    kept = [url_for("roll_call.show"), *(address_of_page_file(name) for name in PARTS)]
    kept += [asset_address(name) for name in THEME]
    text = render_template("desk/roll_call/sw.js", kept=kept, version=_digest_of_page_files())
    response = make_response(text)
    response.content_type = "text/javascript; charset=utf-8"
    return response


@blueprint.get("/etat.json")
def state_of_duty() -> Response:
    """Say who is on duty, whether this is a tablet and who may open it; give a form token."""
    on_duty, device = duty.current_on_duty(), duty.enrolled_tablet()
    return jsonify(
        csrf=generate_csrf(),
        now=now().isoformat(),
        day=today().isoformat(),
        tablet=device.label if device else None,
        who=_agent_row(on_duty) if on_duty and on_duty.live else None,
        agents=_agents_who_may_open_tablet() if device else [],
    )


@blueprint.post("/ouvrir")
@sign_in_limits.by_address
def open_by_pin() -> ResponseReturnValue:
    """Open this tablet with an agent's name and PIN; the desk's password is not needed."""
    device = duty.enrolled_tablet()
    if device is None:
        return jsonify(error="not_enrolled"), 403
    parsed = request.get_json(silent=True) or {}
    subject, pin = str(parsed.get("subject", "")), str(parsed.get("pin", ""))
    if subject not in {agent_row["subject"] for agent_row in _agents_who_may_open_tablet()}:
        return jsonify(error="wrong"), 403
    refused = _answer_to_wrong_pin(subject, pin)
    if refused is not None:
        return refused
    with store.write() as write:
        secret = tablets.begin_duty(write, device.id, subject, now())
    response = jsonify(
        who=next(
            agent_row
            for agent_row in _agents_who_may_open_tablet()
            if agent_row["subject"] == subject
        )
    )
    cookies.write(response, duty.DUTY_COOKIE, secret)
    return response


@blueprint.post("/fermer")
def lock_tablet() -> Response:
    """Lock this tablet; what was ticked may still be sent."""
    with store.write() as write:
        tablets.lock_tablet(write, cookies.read(duty.DUTY_COOKIE), now())
    return jsonify(locked=True)


def address_of_page_file(name: str) -> str:
    """Return the address of one of the page's own files."""
    return url_for("static", filename=name)


def _agent_row(on_duty: duty.OnDuty) -> dict[str, object]:
    return {
        "subject": on_duty.subject,
        "name": on_duty.name,
        "by_pin": on_duty.tablet is not None,
        "day": "day" in on_duty.sight.sight_anywhere.permissions,
    }


def _agents_who_may_open_tablet() -> list[dict[str, str]]:
    with store.read() as read:
        openers = agents_with_pin(read, duty.roles_that_call(), today())
    return [{"subject": subject, "name": name} for subject, name in openers]


def _answer_to_wrong_pin(subject: str, pin: str) -> ResponseReturnValue | None:
    """Return the answer to a wrong or locked PIN; None where it is right."""
    try:
        pins.check_pin(store, subject, pin[:20], now())
    except pins.WrongPin:
        return jsonify(error="wrong"), 403
    except pins.Locked as locked:
        return jsonify(error="locked", until=locked.until.isoformat()), 403
    return None


@cache
def _digest_of_page_files() -> str:
    """Return a mark that changes with any of the kept files."""
    files = [STATIC / name for name in PARTS]
    files += [Path(current_app.blueprints["theme"].static_folder or "") / name for name in THEME]
    files += sorted((STATIC.parent / "templates" / "desk" / "roll_call").iterdir())
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]
