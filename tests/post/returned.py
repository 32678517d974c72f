"""Messages as mail systems send them back, written in the manner of each; `{to}` is the address they come to."""

from __future__ import annotations


def _report(
    headers: str, text: str, status: str, original: str = "From: circulation@service.test\nSubject: A\n"
) -> str:
    parts = [
        f"Content-Type: text/plain; charset=utf-8\n\n{text}\n",
        f"Content-Type: message/delivery-status\n\n{status}\n",
        f"Content-Type: text/rfc822-headers\n\n{original}\n",
    ]
    body = "".join(f"--=_edge\n{part}" for part in parts)
    report = 'Content-Type: multipart/report; report-type=delivery-status;\n\tboundary="=_edge"'
    return f"{headers}\nMIME-Version: 1.0\n{report}\n\n{body}--=_edge--\n"


POSTFIX = _report(
    "From: MAILER-DAEMON@mx.trust.test (Mail Delivery System)\nTo: {to}\nSubject: Undelivered Mail Returned to Sender\n"
    "Auto-Submitted: auto-replied",
    "This is the mail system at host mx.trust.test.\n\nI'm sorry to have to inform you …",
    "Reporting-MTA: dns; mx.trust.test\nX-Postfix-Queue-ID: 4BxYz\n\n"
    "Final-Recipient: rfc822; a@trust.test\nOriginal-Recipient: rfc822;a@trust.test\nAction: failed\nStatus: 5.1.1\n"
    "Remote-MTA: dns; inner.trust.test\nDiagnostic-Code: smtp; 550 5.1.1 <a@trust.test>: Recipient address rejected:\n"
    "    User unknown in virtual mailbox table\n",
)
EXCHANGE = _report(
    "From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@trust.test>\nTo: <{to}>\n"
    "Subject: Undeliverable: Minutes to read\nAuto-Submitted: auto-replied\nX-MS-Exchange-Message-Is-Ndr: ",
    "Your message to a@trust.test couldn't be delivered.",
    "Reporting-MTA: dns;LO2P123MB0001.GBRP123.PROD.OUTLOOK.COM\nReceived-From-MTA: dns;mail.service.test\n\n"
    "Final-Recipient: rfc822;a@trust.test\nAction: failed\nStatus: 5.1.10\n"
    "Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup\n"
    "X-Display-Name: A\n",
)
EDGE = EXCHANGE.replace(
    "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found", "5.4.1 Recipient address rejected"
)
EDGE = EDGE.replace("Status: 5.1.10", "Status: 5.4.1")
EXIM = _report(
    "X-Failed-Recipients: a@trust.test\nAuto-Submitted: auto-replied\nFrom: Mail Delivery System <Mailer-Daemon@mx>\n"
    "To: {to}\nReferences: <x@service.test>\nSubject: Mail delivery failed: returning message to sender",
    "This message was created automatically by mail delivery software.",
    "Reporting-MTA: dns; mx.trust.test\n\nAction: failed\nFinal-Recipient: rfc822;a@trust.test\nStatus: 5.0.0\n"
    "Remote-MTA: dns; inner.trust.test\nDiagnostic-Code: smtp; 550 5.2.1 This mailbox is disabled\n",
)
GMAIL = _report(
    "Delivered-To: {to}\nFrom: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\nTo: bounce@service.test\n"
    "Auto-Submitted: auto-replied\nX-Failed-Recipients: a@trust.test\nSubject: Delivery Status Notification (Failure)",
    "** Message blocked **",
    "Reporting-MTA: dns; googlemail.com\nArrival-Date: Mon, 23 Nov 2026 02:00:00 -0800\n"
    "X-Original-Message-ID: <x@service.test>\n\nFinal-Recipient: rfc822; a@trust.test\nAction: failed\nStatus: 5.2.2\n"
    "Remote-MTA: dns; gmail-smtp-in.l.google.com.\nDiagnostic-Code: smtp; 552-5.2.2 The recipient's inbox is out of "
    "storage space. Please\n direct the recipient to 552 5.2.2 https://support.test/?p=OverQuotaPerm\n"
    "Last-Attempt-Date: Mon, 23 Nov 2026 02:00:01 -0800 (PST)\n",
)
NHS = _report(
    "From: postmaster@nhs.test\nTo: {to}\nSubject: Undeliverable: Minutes to read\nContent-Language: en-GB",
    "Delivery has failed to these recipients or groups.",
    "Reporting-MTA: dns;mail.nhs.test\n\nFinal-Recipient: rfc822;a@trust.test\nAction: failed\nStatus: 5.7.1\n"
    "Diagnostic-Code: smtp;550 5.7.1 TRANSPORT.RULES.RejectMessage; rejected by organization policy\n",
)
EXPIRED = _report(
    "From: MAILER-DAEMON@relay.test\nTo: {to}\nSubject: Undelivered Mail Returned to Sender",
    "Delivery time expired.",
    "Reporting-MTA: dns; relay.test\n\nFinal-Recipient: rfc822; a@trust.test\nAction: failed\nStatus: 4.4.7\n"
    "Diagnostic-Code: X-Postfix; connect to mx.trust.test: Connection timed out\n",
)
DELAYED = POSTFIX.replace("Action: failed", "Action: delayed").replace("Status: 5.1.1", "Status: 4.4.1")
RELAYED = POSTFIX.replace("Action: failed", "Action: relayed").replace("Status: 5.1.1", "Status: 2.1.5")
DELIVERED = POSTFIX.replace("Action: failed", "Action: delivered").replace("Status: 5.1.1", "Status: 2.1.5")
READ_RECEIPT = POSTFIX.replace("report-type=delivery-status", "report-type=disposition-notification")
COMPLAINT = POSTFIX.replace("report-type=delivery-status", "report-type=feedback-report")
HOLIDAY = (
    "From: Nurse <a@trust.test>\nTo: {to}\nAuto-Submitted: auto-replied\nX-Auto-Response-Suppress: All\n"
    "Subject: Automatic reply: Minutes to read\nContent-Type: text/plain\n\nOn leave. Action: failed\nStatus: 5.1.1\n"
)
CHALLENGE = (
    "From: guard@trust.test\nTo: {to}\nPrecedence: auto_reply\nSubject: Please confirm that you are a person\n"
    "Content-Type: text/plain\n\nFollow this link to have your message let through.\n"
)
LIST = (
    "From: leads-owner@lists.trust.test\nTo: {to}\nList-Id: <leads.lists.trust.test>\nPrecedence: list\n"
    "Subject: Your message to Leads awaits moderator approval\nContent-Type: text/plain\n\nIt is being held.\n"
)
PERSON = "From: Nurse <a@trust.test>\nTo: {to}\nSubject: Re: Minutes to read\n\nThank you, I have them.\n"

CAME_BACK = {
    "postfix": (POSTFIX, "5.1.1", "There is no such address.", True),
    "exchange": (EXCHANGE, "5.1.10", "There is no such address.", True),
    "microsoft, at its edge": (EDGE, "5.4.1", "The mail system takes no letters for this address.", True),
    "exim": (EXIM, "5.0.0", "The mailbox is closed.", True),
    "gmail": (GMAIL, "5.2.2", "The mailbox is full.", True),
    "nhsmail": (NHS, "5.7.1", "The mail system refused the letter.", False),
    "given up": (EXPIRED, "4.4.7", "The mail system tried for as long as it could, and gave up.", False),
}
"""By mail system: the message, its status, why in words, and whether it says that the address itself is at fault."""

NOTHING = {
    "relayed": (RELAYED, "a report that nothing went wrong"),
    "delivered": (DELIVERED, "a report that nothing went wrong"),
    "a read receipt": (READ_RECEIPT, "a report of another kind"),
    "a complaint": (COMPLAINT, "a report of another kind"),
    "out of office": (HOLIDAY, "an automatic reply"),
    "a challenge": (CHALLENGE, "an automatic reply"),
    "a mailing list": (LIST, "no report of a mail system"),
    "a person": (PERSON, "no report of a mail system"),
}
"""What comes to the same address and reports no failure: the message, and what it is called in the log."""


def sent_back(message: str, to: str) -> bytes:
    """A message as it arrives, to an address."""
    return message.replace("{to}", to).replace("\n", "\r\n").encode()
