"""A person with a browser, who knows only what stands on the page: labels, buttons, links, headings.

The same journeys are made by a `Plain` visitor, through Flask's test client, and by one with a real Chromium
(tests/browser/window.py). Neither knows a field's name or an address that was not on a page or in a letter.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

from flask import Flask
from werkzeug.test import TestResponse

from tests.client import Client, filled, parse
from tests.journeys.mailroom import Mailroom

UNSEEN = {"script", "style", "template", "textarea"}


class Visitor(ABC):
    """A person with a browser. `loads` counts the pages loaded, redirects being part of the page they lead to."""

    def __init__(self, address: str, mail: Mailroom) -> None:
        self.address, self.mail, self.loads = address, mail, 0

    @abstractmethod
    def open(self, url: str) -> None:
        """Open an address from a letter, or type a path."""

    @abstractmethod
    def follow(self, words: str) -> None:
        """Follow the link with exactly these words."""

    @abstractmethod
    def press(self, words: str) -> None:
        """Press the button with exactly these words."""

    @abstractmethod
    def fill(self, label: str, text: str, group: str = "") -> None:
        """Type into the box with this label; `group` is the legend of the boxes it stands among."""

    @abstractmethod
    def choose(self, label: str, group: str = "") -> None:
        """Choose the radio button or tick the box with this label."""

    @abstractmethod
    def untick(self, label: str, group: str = "") -> None:
        """Take the tick away from the box with this label."""

    @abstractmethod
    def unfold(self, words: str) -> None:
        """Open what is folded up under these words."""

    @abstractmethod
    def download(self, words: str) -> bytes:
        """The file behind the link with these words."""

    @property
    @abstractmethod
    def heading(self) -> str:
        """The page's main heading."""

    @property
    @abstractmethod
    def text(self) -> str:
        """What there is to read on the page, white space folded."""

    @property
    @abstractmethod
    def faults(self) -> list[str]:
        """The lines of the error summary."""

    def look(self) -> None:  # noqa: B027 - only who has eyes has something to do here
        """Look at the page as it stands now, after something on it was chosen or opened."""

    def sign_in(self) -> None:
        """From the page that asks for an address: have a code sent, read it in the letter, type it."""
        had = self.mail.count(self.address, "is your code")
        self.fill("Your work email address", self.address)
        self.press("Send me a code")
        assert self.heading == "Check your email"
        self.fill("The code from the email", self.mail.newest(self.address, "is your code", more_than=had).code)
        self.press("Sign in")

    def reads(self, *sentences: str) -> None:
        """Fail unless each of these stands on the page."""
        for sentence in sentences:
            assert sentence in self.text, f"“{sentence}” is not on the page “{self.heading}”:\n{self.text}"

    def misses(self, *sentences: str) -> None:
        """Fail if one of these stands on the page."""
        for sentence in sentences:
            assert sentence not in self.text, f"“{sentence}” is on the page “{self.heading}”:\n{self.text}"


class Plain(Visitor):
    """A visitor through Flask's test client: no scripts, no pictures, every page parsed and checked."""

    def __init__(self, app: Flask, address: str, mail: Mailroom) -> None:
        super().__init__(address, mail)
        self.client = cast(Client, app.test_client())
        self.page = Element("html")
        self.url = "http://localhost/"

    def open(self, url: str) -> None:
        self._got(self.client.get(urljoin(self.url, url), follow_redirects=True))

    def follow(self, words: str) -> None:
        self.open(self._link(words))

    def download(self, words: str) -> bytes:
        response = self.client.get(urljoin(self.url, self._link(words)))
        assert response.status_code == 200, f"{words}: {response.status_code}"
        assert "attachment" in response.headers["Content-Disposition"]
        return response.data

    def press(self, words: str) -> None:
        found = [
            (form, button)
            for form in self.page.iter("form")
            for button in form.iter("button")
            if said(button) == words and button.get("hidden") is None
        ]
        assert len(found) == 1, (
            f"{len(found)} buttons say “{words}”; there are {[said(b) for b in self.page.iter('button')]}"
        )
        form, button = found[0]
        data: dict[str, Any] = filled(form)
        if name := button.get("name"):
            data[name] = button.get("value", "")
        assert form.get("method") == "post"
        to = button.get("formaction") or form.get("action") or self.url
        self._got(self.client.post(urljoin(self.url, to), data=data, follow_redirects=True))

    def fill(self, label: str, text: str, group: str = "") -> None:
        box = self._field(label, group)
        if box.tag == "textarea":
            box.text = text
        else:
            assert box.tag == "input" and box.get("type", "text") in ("text", "email"), box.tag
            box.set("value", text)

    def choose(self, label: str, group: str = "") -> None:
        field = self._field(label, group)
        if field.get("type") == "radio":
            for other in self.page.iter("input"):
                if other.get("name") == field.get("name"):
                    other.attrib.pop("checked", None)
        field.set("checked", "")

    def untick(self, label: str, group: str = "") -> None:
        field = self._field(label, group)
        assert field.get("type") == "checkbox" and "checked" in field.attrib, f"“{label}” is not ticked"
        del field.attrib["checked"]

    def unfold(self, words: str) -> None:
        assert words in [said(summary) for summary in self.page.iter("summary")]

    @property
    def heading(self) -> str:
        return said(next(self.page.iter("h1")))

    @property
    def text(self) -> str:
        return said(next(self.page.iter("main")))

    @property
    def faults(self) -> list[str]:
        boxes = [e for e in self.page.iter("div") if "govuk-error-summary" in e.get("class", "").split()]
        return [said(line) for box in boxes for line in box.iter("li")]

    def _got(self, response: TestResponse) -> None:
        self.loads += 1
        assert response.mimetype == "text/html", response.mimetype
        self.url, self.page = response.request.url, parse(response)

    def _link(self, words: str) -> str:
        found = [link for link in self.page.iter("a") if said(link) == words]
        assert found, f"no link says “{words}”; there are {[said(link) for link in self.page.iter('a')]}"
        to = found[0].get("href", "")
        assert urlsplit(to).scheme in ("", "http", "https"), to
        return to

    def _field(self, label: str, group: str) -> Element:
        place = self._group(group) if group else self.page
        keys = [found.get("for") for found in place.iter("label") if said(found) == label]
        fields = [e for e in place.iter() if e.tag in ("input", "textarea", "select") and e.get("id") in keys]
        assert len(fields) == 1, (
            f"{len(fields)} fields are called “{label}”; there are {[said(x) for x in place.iter('label')]}"
        )
        return fields[0]

    def _group(self, group: str) -> Element:
        found = [e for e in self.page.iter("fieldset") if any(said(legend) == group for legend in e.findall("legend"))]
        assert len(found) == 1, (
            f"{len(found)} groups are called “{group}”; there are {[said(x) for x in self.page.iter('legend')]}"
        )
        return found[0]


def said(element: Element) -> str:
    """The words of an element, white space folded."""
    return re.sub(r"\s+", " ", "".join(_words(element))).strip()


def _words(element: Element) -> Iterator[str]:
    if element.tag in UNSEEN:
        return
    # Blocks stand apart on the page, as they do in a browser.
    apart = " " if element.tag not in ("bdi", "a", "strong", "span", "label", "b", "em", "cite") else ""
    yield apart + (element.text or "")
    for child in element:
        yield from _words(child)
        yield child.tail or ""
    yield apart
