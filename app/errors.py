"""What can be refused, in words a person can act on.

Services raise these; the web turns each into a page and the command line into one line. None knows of HTTP.
"""

from __future__ import annotations


class Refusal(Exception):
    """Something was asked that will not be done. `message` is one plain sentence for the person who asked."""

    default = "That cannot be done."

    def __init__(self, message: str = "") -> None:
        self.message = message or self.default
        super().__init__(self.message)


class Invalid(Refusal):
    """What was given is not usable. `field` names the form field to mend, where there is one."""

    default = "Something in the form needs to be changed."

    def __init__(self, message: str = "", field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class NotFound(Refusal):
    """There is no such thing, or it is not for this person: the two answer alike."""

    default = "There is nothing here that you can see."


class Denied(Refusal):
    """The thing may be seen by this person, but this may not be done with it."""

    default = "Your role here does not let you do that."


class Conflict(Refusal):
    """Somebody else changed the thing first, or it is past the step that was asked for."""

    default = "This has changed since you opened it."


class Unavailable(Refusal):
    """The service cannot do it just now; trying again later is worth it."""

    default = "The service cannot do that just now. Try again in a few minutes."


class TooMany(Refusal):
    """Asked too often in too short a time."""

    default = "That was tried too often. Wait 15 minutes and try again."


class NotSignedIn(Refusal):
    """The page is for people who have signed in."""

    default = "Sign in to see this page."
