"""Labels of offices and of their roles, from the town's register."""

from flask_babel import lazy_gettext as _l

from shared.register import Office, ProviderNotFound
from shared.web.base.app import shell_here

ADMINISTRATOR = "administrator"
ADMINISTRATION = _l("Administration du service")


def role_label(code: str) -> str:
    """Name a role of this office; one that has left the register keeps its code."""
    return _label_of_role(shell_here().office(), code)


def role_label_at(office: str, code: str) -> str:
    """Name a role of another office."""
    return _label_of_role(_office(office), code)


def office_label(code: str) -> str:
    """Name an office; one that has left the register keeps its code."""
    office = _office(code)
    return office.label if office else code


def _office(code: str) -> Office | None:
    try:
        return shell_here().register.office(code)
    except ProviderNotFound:
        return None


def _label_of_role(office: Office | None, code: str) -> str:
    role = office.role(code) if office else None
    if role is not None:
        return role.label
    return str(ADMINISTRATION) if code == ADMINISTRATOR else code


def role_choices() -> list[tuple[str, str]]:
    """Return the rights that an administrator may give, as a form offers them."""
    office = shell_here().office()
    codes = [*(role.code for role in office.roles), ADMINISTRATOR] if office else []
    return [(code, role_label(code)) for code in codes]
