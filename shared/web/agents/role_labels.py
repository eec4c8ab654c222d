"""Labels of the roles of this desk's office, from the town's register."""

from flask_babel import lazy_gettext as _l

from shared.web.base.app import shell_here

ADMINISTRATOR = "administrator"
ADMINISTRATION = _l("Administration des droits")


def role_label(code: str) -> str:
    """Name a role; one that has left the register keeps its code."""
    office = shell_here().office()
    role = office.role(code) if office else None
    if role is not None:
        return role.label
    return str(ADMINISTRATION) if code == ADMINISTRATOR else code


def role_choices() -> list[tuple[str, str]]:
    """Return the rights that an administrator may give, as a form offers them."""
    office = shell_here().office()
    codes = [*(role.code for role in office.roles), ADMINISTRATOR] if office else []
    return [(code, role_label(code)) for code in codes]
