"""The two questions of signing in: which address, and which code."""

from __future__ import annotations

from app.web.forms import CodeField, EmailField, Form


class AddressForm(Form):
    """Where the code goes."""

    address = EmailField("Your work email address", needed="Write your work email address")


class CodeForm(Form):
    """The code from the letter."""

    code = CodeField("The code from the email", needed="Write the code of 8 digits from the email")
