"""Caching of public pages: browsers and proxies may keep them for some minutes."""

from typing import cast

from flask import Response, make_response, request

from shared.web.base import headers

KEPT_SECONDS = 300
"""Time for which a browser or a cache may show a page again without a request."""


def cacheable(page: str, seconds: int = KEPT_SECONDS) -> Response:
    """
    Let browsers and caches keep a page if the request brought no cookie.

    With a cookie the page may contain a name or be in another language: it is not cached.
    """
    response = make_response(page)
    if request.cookies:
        return response
    headers.let_caches_keep(seconds)
    response.add_etag()
    return cast(Response, response.make_conditional(request))
