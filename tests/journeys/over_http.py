"""Filling forms and following links without a window: a browser's cookies, over http."""

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import lxml.html
import pypdfium2
import requests

from tests.journeys.strangers import Visitor, words

FormValue = str | Sequence[str]
MOST_REDIRECTS = 5
LEADS_OUT = re.compile(r"/(langue|deconnexion|changer-de-service|entree)\b")


@dataclass
class Walker(Visitor):
    """A visitor who uses the forms that stand on pages, with all that they carry unseen."""

    def opens(self, path: str) -> requests.Response:
        """Open a page or a file, wherever that leads on the same site."""
        answer = self.http.get(urljoin(self.base, path), timeout=60, allow_redirects=False)
        for _ in range(MOST_REDIRECTS):
            if answer.next is None or not str(answer.next.url).startswith(self.base):
                break
            answer = self.http.send(answer.next, timeout=60, allow_redirects=False)
        return answer

    def sends(
        self,
        path: str,
        files: Mapping[str, Any] | None = None,
        pressed: Mapping[str, str] | None = None,
        **fields: FormValue,
    ) -> requests.Response:
        """Fill the form of a page that has all these fields, press its button; fail if refused."""
        page = self.opens(path)
        assert page.status_code == 200, f"{self.name} {path}: {page.status_code}"
        document = lxml.html.fromstring(page.text)
        named = {name for name in fields if "-" not in name}
        form = next((each for each in document.forms if named <= set(each.fields.keys())), None)
        assert form is not None, f"{self.name} {path}: no form has {sorted(named)}"
        values = _filled(form.form_values(), fields) + list((pressed or {}).items())
        address = urljoin(page.url, form.action or "")
        answer = self.http.post(address, data=values, files=files, timeout=20)
        assert answer.ok, f"{self.name} {path}: {answer.status_code} {wrong(answer)}"
        return answer

    def follows_links(
        self, most: int, opened: Mapping[str, requests.Response]
    ) -> Iterator[requests.Response]:
        """
        Open every address that can be come to from the first page, `most` at the most.

        Those that were opened already are not opened again, and their links are followed.
        """
        host, waiting, tried = urlsplit(self.base).netloc, [self.base + "/"], set[str]()
        while waiting and len(tried) < most:
            address = waiting.pop(0).partition("#")[0]
            if address in tried or urlsplit(address).netloc != host or LEADS_OUT.search(address):
                continue
            tried.add(address)
            if (answer := opened.get(address)) is None:
                answer = self.opens(address)
                yield answer
            if "html" in answer.headers.get("content-type", "") and answer.text.strip():
                links = lxml.html.fromstring(answer.text).iterlinks()
                waiting += [
                    urljoin(answer.url, link)
                    for element, _name, link, _at in links
                    if element.tag == "a"
                ]


def _filled(
    values: Sequence[tuple[str, str]], fields: Mapping[str, FormValue]
) -> list[tuple[str, str]]:
    """Return a form's values with others in their place: rows are in the order of their fields."""
    typed = {
        name: [value] if isinstance(value, str) else list(value) for name, value in fields.items()
    }
    found: list[tuple[str, str]] = []
    for name, value in values:
        found += (
            [(name, each) for each in typed.pop(name, [])] if name in fields else [(name, value)]
        )
    return found + [(name, each) for name, several in typed.items() for each in several]


def said(answer: requests.Response) -> str:
    """Return all that an answer says: a page, the text of a PDF, a file and its name."""
    content = answer.content
    text = text_of_pdf(content) if content.startswith(b"%PDF") else words(answer)
    return f"{text} {answer.headers.get('Content-Disposition', '')}"


def text_of_pdf(content: bytes) -> str:
    """Return all text of a document, whoever made it, with plain spaces."""
    with contextlib.closing(pypdfium2.PdfDocument(content)) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return re.sub(r"[\s\u00a0\u202f]+", " ", " ".join(pages))


def wrong(answer: requests.Response) -> str:
    """Return what a page says of a form that came back."""
    found = lxml.html.fromstring(answer.text).xpath("//*[@id='error-summary' or @class='summary']")
    return " ".join(each.text_content() for each in found)
