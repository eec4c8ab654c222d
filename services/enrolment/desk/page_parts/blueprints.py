"""A blueprint of the desk whose templates all read the same labels."""

from flask import Blueprint


def desk_blueprint(name: str, address: str, **values: object) -> Blueprint:
    """Return a blueprint for pages below an address; all their templates see these values."""
    blueprint = Blueprint(name, __name__, url_prefix=address)
    blueprint.context_processor(lambda: values)
    return blueprint
