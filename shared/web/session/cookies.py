"""
Cookies that only we can set or read: `__Host-` over https, a plain name on a loopback instance.

The names hold the principal: cookies ignore ports, and portal and desks may share a host.
"""

from flask import Flask, current_app, request
from flask.sessions import SecureCookieSessionInterface
from werkzeug.wrappers import Response


class FormSession(SecureCookieSessionInterface):
    """Flask's signed cookie: the form token, the language, a message for the next page; no name."""

    def get_cookie_name(self, app: Flask) -> str:
        return guarded_cookie_name("form")

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure

    def get_cookie_domain(self, app: Flask) -> str | None:
        return None

    def get_cookie_path(self, app: Flask) -> str:
        return "/"

    def get_cookie_samesite(self, app: Flask) -> str:
        return "Lax"


def install(app: Flask) -> None:
    """Keep Flask's own session under a guarded name."""
    app.session_interface = FormSession()


def guarded_cookie_name(purpose: str) -> str:
    """Return the cookie name for a purpose, as this request's connection allows."""
    prefix = "__Host-" if request.is_secure else ""
    return f"{prefix}{current_app.extensions['preau_shell'].principal}_{purpose}"


def read(purpose: str) -> str:
    """Return a cookie's value, "" where there is none."""
    return request.cookies.get(guarded_cookie_name(purpose), "")


def write(response: Response, purpose: str, value: str, *, seconds: int | None = None) -> None:
    """Set a cookie until the browser is closed, or for so long."""
    response.set_cookie(
        guarded_cookie_name(purpose),
        value,
        max_age=seconds,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def forget(response: Response, purpose: str) -> None:
    """Take a cookie back."""
    response.delete_cookie(
        guarded_cookie_name(purpose),
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )
