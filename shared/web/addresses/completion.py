"""
Streets and communes of a postcode, which complete an address while it is typed.

The town's own public list: nobody need be signed in, and of what is typed only the
postcode leaves the browser, which then looks through the streets by itself.
"""

from flask import Flask, Response, abort, current_app, jsonify

from shared.runtime.reloading_file import ReloadingFile
from shared.town.addresses.postcodes import is_french_postcode
from shared.town.addresses.street_list import NO_STREETS, StreetList
from shared.web.base import headers, sign_in_limits

ONE_DAY = 86_400


def install(app: Flask, streets: ReloadingFile[StreetList] | None) -> None:
    """Answer what a postcode has."""
    app.extensions["preau_streets"] = streets
    app.add_url_rule("/rues/<postcode>", "streets", _show_streets)


def streets_here() -> StreetList:
    """Return the town's list of streets; empty where it has none."""
    streets: ReloadingFile[StreetList] | None = current_app.extensions["preau_streets"]
    return streets.now if streets else NO_STREETS


@sign_in_limits.browsing
def _show_streets(postcode: str) -> Response:
    """Return communes by code, and streets with the code of theirs; none of another postcode."""
    if not is_french_postcode(postcode):
        abort(404)
    area = streets_here().areas.get(postcode)
    headers.let_caches_keep(ONE_DAY)
    return jsonify(communes=area.communes if area else {}, streets=area.streets if area else ())
