"""
A passkey on its way between a browser and identity: pages pass it on, and judge nothing of it.

The secret of what was asked lies in the browser's signed cookie: another browser answers nothing.
"""

import flask
from flask import Response, request

from shared.contracts.identity.own_account.second_factors import PasskeyChallenge

LONGEST = 16_000
_ASKED = "passkey"


def options_for_browser(challenge: PasskeyChallenge) -> Response:
    """Return what the page's script hands to the browser, and note what was asked."""
    flask.session[_ASKED] = challenge.challenge
    return Response(challenge.options, mimetype="application/json")


def options_and_answer() -> tuple[str, str]:
    """Return what was asked of this browser, once, and what it answered; "" for either missing."""
    return str(flask.session.pop(_ASKED, "")), request.form.get("passkey", "")[:LONGEST]
