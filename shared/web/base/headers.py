"""The headers of every answer: nothing from elsewhere, nothing kept but open pages, no frames."""

from collections.abc import Iterable

from flask import Flask, Response, current_app, g, request

POLICY = "; ".join(
    (
        "default-src 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # "no-referrer" would take away what Flask-WTF checks over https.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
TWO_YEARS = 63_072_000


def install(app: Flask) -> None:
    """Set the headers on every answer, errors included."""
    app.after_request(_set_headers)


def let_forms_go_to(addresses: Iterable[str]) -> None:
    """Let a form of this one page be answered with a redirection to these other sites."""
    g.forms_may_go_to = list(addresses)


def _content_security_policy() -> str:
    """Return what this page may do: no more than POLICY, its stream, and where its form may go."""
    policy, live = POLICY, current_app.extensions["preau_shell"].live
    if live:
        policy += f"; connect-src 'self' {live}"
    if elsewhere := g.get("forms_may_go_to"):
        allowed = " ".join(["form-action 'self'", *elsewhere])
        policy = policy.replace("form-action 'self'", allowed)
    return policy


def let_caches_keep(seconds: int) -> None:
    """
    Let caches keep this one page, which is everybody's, for so long; per cookie, as it may.

    With 0 they keep it, and ask each time whether it is still so.
    """
    g.kept_seconds = seconds


def let_reader_ask_again() -> None:
    """Let a program keep this answer to one person, if it asks each time whether it still holds."""
    g.asked_again = True


def _set_headers(response: Response) -> Response:
    for name, value in ALWAYS.items():
        response.headers[name] = value
    response.headers["Content-Security-Policy"] = _content_security_policy()
    if (seconds := g.get("kept_seconds")) is not None:
        kept = f"max-age={seconds}" if seconds else "no-cache"
        response.headers["Cache-Control"] = f"public, {kept}"
        response.vary.add("Cookie")
    elif g.get("asked_again"):
        response.headers["Cache-Control"] = "private, no-cache"
    elif request.endpoint != "theme.static":
        response.headers["Cache-Control"] = "no-store"
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = f"max-age={TWO_YEARS}; includeSubDomains"
    return response
