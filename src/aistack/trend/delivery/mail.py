"""E-mail by SMTP (RFC 5321) with STARTTLS where the server offers it, in plain text and HTML."""

import asyncio
import html
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

from aistack.trend.delivery.channels import Refused, Unsure, utf8_bytes
from aistack.trend.delivery.messages import Markup, Message
from aistack.trend.delivery.vendors import plain_entry, plain_text
from aistack.trend.delivery.wire import EmailAddress

MARKUP = Markup(plain_entry, utf8_bytes, 500_000)
PER_MINUTE = 60.0


class Mail:
    """`url` is the server's, with its credentials; both can change while the service runs."""

    def __init__(self, url: str, sender: str) -> None:
        self.url = url
        self.sender = sender

    async def send(self, address: EmailAddress, message: Message, seconds_max: float) -> None:
        """Raises Refused or Unsure."""
        if not self.url or not self.sender:
            raise Refused("no mail server is set; set TREND_SMTP_URL and TREND_SMTP_FROM", is_final=True)
        await asyncio.to_thread(self._send, address, message, seconds_max)

    def _send(self, address: EmailAddress, message: Message, seconds_max: float) -> None:
        is_sending = is_sent = False
        try:
            with self._connected(seconds_max) as server:
                is_sending = True
                server.send_message(self._written(address, message), self.sender, address.to)
                is_sent = True
        except (OSError, ValueError) as error:  # all of smtplib's are OSErrors
            if not is_sent:  # what follows the server's acceptance does not matter
                raise _outcome(error, is_sending=is_sending) from None

    def _connected(self, seconds_max: float) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host, context = parts.hostname or "", ssl.create_default_context()
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=seconds_max, context=context)
        else:
            server = smtplib.SMTP(host, parts.port or 587, timeout=seconds_max)
            server.ehlo_or_helo_if_needed()
            if server.has_extn("starttls"):
                server.starttls(context=context)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        return server

    def _written(self, address: EmailAddress, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"] = " ".join(message.heading.split())
        mail["From"] = self.sender
        mail["To"] = ", ".join(address.to)
        mail["Date"] = formatdate()
        mail["Message-ID"] = f"<{message.key}@{self.sender.rpartition('@')[2] or 'localhost'}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(plain_text(message))
        mail.add_alternative(f"<div style='white-space:pre-wrap'>{_linked(plain_text(message))}</div>", subtype="html")
        return mail


def _outcome(error: Exception, *, is_sending: bool) -> Exception:
    if isinstance(error, smtplib.SMTPResponseException):
        return Refused(
            f"the mail server answers {error.smtp_code}: {error.smtp_error}", is_final=error.smtp_code >= 500
        )
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        refused = {to: f"{code} {reason!r}" for to, (code, reason) in error.recipients.items()}
        is_final = all(code >= 500 for code, _ in error.recipients.values())
        return Refused(f"the mail server refuses the recipients: {refused}", is_final=is_final)
    if isinstance(error, smtplib.SMTPServerDisconnected) or not isinstance(error, smtplib.SMTPException | ValueError):
        if is_sending:
            return Unsure(f"the mail server left while it took the message ({error})")
        return Refused(f"the mail server cannot be reached ({error})")
    return Refused(f"the message cannot be sent: {error}", is_final=True)


def _linked(text: str) -> str:
    """HTML whose lines that are URLs are links."""
    lines = (
        f'<a href="{html.escape(line)}">{html.escape(line)}</a>'
        if line.startswith(("http://", "https://")) and " " not in line
        else html.escape(line)
        for line in text.splitlines()
    )
    return "\n".join(lines)
