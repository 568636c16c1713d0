# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user's mail program does: write a message, log in and send it, log in and read."""
import contextlib
import imaplib
import mimetypes
import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime, make_msgid


def compose(sender, to, subject, text, cc=(), attachments=(), headers=()):
    """A message in 7 bit; `attachments`: (name, bytes); `headers`: (name, value) beside the usual ones."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = sender, ", ".join([to] if isinstance(to, str) else to)
    if cc:
        message["Cc"] = ", ".join(cc)
    message["Subject"] = subject
    message["Date"] = format_datetime(localtime())
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].rstrip(">"))
    for name, value in headers:
        message[name] = value
    message.set_content(text, cte="quoted-printable")
    for name, content in attachments:
        kind = (mimetypes.guess_type(name)[0] or "application/octet-stream").split("/")
        message.add_attachment(content, maintype=kind[0], subtype=kind[1], filename=name)
    return message.as_bytes()


def trusting(authority):
    """TLS that believes the lab's authority."""
    return ssl.create_default_context(cafile=str(authority))


def submit(address, port, authority, login, password, recipients, message, sender=None, options=()):
    """Log in at submission and send. The server's last words; smtplib's exceptions if it refuses."""
    with smtplib.SMTP(address, port, local_hostname="client.example", timeout=60) as smtp:
        smtp.starttls(context=trusting(authority))
        smtp.login(login, password)
        return send(smtp, login if sender is None else sender, recipients, message, options)


def deliver(address, port, sender, recipients, message, source=None, options=()):
    """Another server brings mail to an MX."""
    bound = (source, 0) if source else None
    with smtplib.SMTP(address, port, local_hostname="other.example", timeout=60, source_address=bound) as smtp:
        return send(smtp, sender, recipients, message, options)


def send(smtp, sender, recipients, message, options=()):
    """One transaction on a connection that is there; the server's last words. A recipient refused ends it."""
    smtp.ehlo_or_helo_if_needed()
    _expect(smtp.mail(sender, list(options)), lambda *a: smtplib.SMTPSenderRefused(*a, sender))
    for recipient in recipients:
        _expect(smtp.rcpt(recipient), lambda code, said: smtplib.SMTPRecipientsRefused({recipient: (code, said)}))
    return _expect(smtp.data(message), smtplib.SMTPDataError)


def _expect(answer, fault):
    code, said = answer
    if code // 100 != 2:
        raise fault(code, said)
    return said.decode(errors="replace")


class Mailbox:
    """A mailbox, read over IMAP; what was read stays unread for others."""

    def __init__(self, address, port, authority, login, password):
        self.login = login
        self.imap = imaplib.IMAP4_SSL(address, port, ssl_context=trusting(authority), timeout=60)
        self.imap.login(login, password)
        self.seen = 0

    def new(self):
        """The messages that have come since the last call, as bytes."""
        self.imap.select("INBOX", readonly=True)
        _, answer = self.imap.uid("search", None, f"UID {self.seen + 1}:*")
        uids = sorted(uid for uid in map(int, answer[0].split()) if uid > self.seen)
        messages = [self.imap.uid("fetch", str(uid), "(BODY.PEEK[])")[1][0][1] for uid in uids]
        self.seen = uids[-1] if uids else self.seen
        return messages

    def close(self):
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            self.imap.logout()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
