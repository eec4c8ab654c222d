"""
Page that sends the browser on to another site by itself.

A form whose answer redirects to another site would need that site in the content security policy of
its page, which is sent before anybody knows the address.
"""

from urllib.parse import urlsplit

from flask import render_template

from shared.contracts.errors import Failed


def onward_page(address: str, title: str, sentence: str, button: str) -> str:
    """
    Return the page that goes on to an address; `%(site)s` in its sentence is that site.

    Raises Failed for what is no address of the web.
    """
    site = urlsplit(address)
    if site.scheme not in ("https", "http") or not site.hostname:
        raise Failed
    return render_template(
        "theme/onward.html",
        address=address,
        title=title,
        said=sentence % {"site": site.hostname},
        button=button,
    )
