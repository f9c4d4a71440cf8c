"""Delivering one message at most once per key: to a Maildir, or to a mail server."""

from __future__ import annotations

import hashlib
import mailbox
import os
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import formatdate
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from signoff import NotDone

TIMEOUT = 30
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class SendingUncertain(Exception):
    """An earlier attempt under this key may have been delivered, so it is not sent again."""


class Outbox(Protocol):
    """Where messages go."""

    name: str

    def send(self, message: EmailMessage, key: str) -> bool:
        """Deliver it; False if it had been delivered under this key before.

        Raises:
            NotDone: it is certain that nothing was sent.
            SendingUncertain: an earlier attempt may have been delivered.
        """

    def has_sent(self, key: str) -> bool | None:
        """Whether the message of this key was delivered; None when that cannot be told."""


def message_id(key: str, domain: str) -> str:
    """The Message-ID of the message that goes out under `key`."""
    return f"<{_name(key)}@{domain}>"


def _name(key: str) -> str:
    """A key as a file name and the local part of a Message-ID, whatever characters it has."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]{1,80}", key) else hashlib.sha256(key.encode()).hexdigest()


def compose(sender: Address, to: str, subject: str, body: str, key: str) -> EmailMessage:
    """An RFC 5322 message.

    Raises:
        NotDone: there is no key, a header holds a line break, or `to` is no single address.
    """
    if not key:
        raise NotDone("Not sent: there is no message key, so a repeat could not be recognised.")
    for name, value in (("to", to), ("subject", subject)):
        if _CONTROLS.search(value):
            raise NotDone(f"Not sent: the {name} holds a line break or control character.")
    message = EmailMessage()
    message["From"] = sender
    message["To"] = _address(to)
    message["Subject"] = subject
    message["Date"] = formatdate(usegmt=True)
    message["Message-ID"] = message_id(key, sender.domain)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body)
    return message


def _address(to: str) -> Address:
    try:
        address = Address(addr_spec=to.strip())
    except (HeaderParseError, ValueError, IndexError) as error:
        raise NotDone(f"Not sent: {to!r} is no single mail address.") from error
    if not address.username or "." not in address.domain:
        raise NotDone(f"Not sent: {to!r} is no single mail address.")
    return address


class MaildirOutbox:
    """A Maildir on this machine. The file's name derives from the key, so linking it is the check."""

    name = "maildir"

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, message: EmailMessage, key: str) -> bool:
        try:
            box = self._open()
        except OSError as error:
            raise NotDone(f"Not sent: the mailbox {self._path} cannot be opened: {error}") from error
        if _name(key) in box:
            return False
        return _deliver(self._path, message, _name(key))

    def has_sent(self, key: str) -> bool:
        return self._path.is_dir() and _name(key) in self._open()

    def _open(self) -> mailbox.Maildir:
        return _maildir(self._path)


def _maildir(path: Path) -> mailbox.Maildir:
    """The Maildir at `path`, made if need be; `create=True` would fail where two make it at once."""
    for part in ("tmp", "new", "cur"):
        (path / part).mkdir(parents=True, exist_ok=True)
    return mailbox.Maildir(path, create=False)


def _deliver(maildir: Path, message: EmailMessage, name: str) -> bool:
    """Write to `tmp`, make it durable, then link it into `new`; False if that name is taken."""
    written = maildir / "tmp" / f"{name}.{os.getpid()}.{os.urandom(4).hex()}"
    try:
        with written.open("xb") as file:
            file.write(message.as_bytes())
            file.flush()
            os.fsync(file.fileno())
        (maildir / "new" / name).hardlink_to(written)
    except FileExistsError:
        return False
    except OSError as error:
        raise NotDone(f"Not sent: the mailbox {maildir} cannot be written: {error}") from error
    finally:
        written.unlink(missing_ok=True)
    _sync_folder(maildir / "new")
    return True


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class SmtpOutbox:
    """A mail server, with a Maildir that keeps what was sent and what was begun.

    Mail servers do not recognise repeats. So an attempt is noted before the text goes over the wire,
    and a second attempt under the same key sends nothing.

    Args:
        url: `smtp://user:password@host:port` (with STARTTLS where the server offers it) or `smtps://…`.

    Raises:
        ValueError: `url` is neither.
    """

    name = "smtp"

    def __init__(self, url: str, sent: Path) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("SIGNOFF_SMTP_URL must look like smtp://host:port or smtps://user:password@host")
        self._is_tls = parts.scheme == "smtps"
        self._host = parts.hostname
        self._port = parts.port or (465 if self._is_tls else 25)
        self._login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        self._sent = sent

    def send(self, message: EmailMessage, key: str) -> bool:
        if self.has_sent(key):
            return False
        with self._noted(_name(key)) as begun, self._session() as session:
            self._envelope(session, message)
            begun.durable()
            try:
                code, answer = session.data(message.as_bytes(policy=SMTP_POLICY))
            except smtplib.SMTPDataError as error:
                raise NotDone(f"Not sent: the server refused the text: {error}") from error
            if code != 250:
                raise NotDone(f"Not sent: the server refused the text: {code} {answer!r}")
        self._keep(message, key)
        return True

    def _keep(self, message: EmailMessage, key: str) -> None:
        try:
            _deliver(self._sent, message, _name(key))
        except NotDone as error:
            raise SendingUncertain(f"The server took the mail, but no copy could be kept: {error}") from error

    def has_sent(self, key: str) -> bool | None:
        if self._sent.is_dir() and _name(key) in _maildir(self._sent):
            return True
        return None if self._note(_name(key)).exists() else False

    def _note(self, name: str) -> Path:
        return self._sent / "begun" / name

    @contextmanager
    def _noted(self, name: str) -> Iterator[_Begun]:
        """Hold the key while sending; it stays noted unless it is certain that nothing was sent."""
        try:
            _maildir(self._sent)
            self._note(name).parent.mkdir(exist_ok=True)
            begun = _Begun(self._note(name))
        except FileExistsError as error:
            raise SendingUncertain(str(SendingUncertain.__doc__)) from error
        except OSError as error:
            raise NotDone(f"Not sent: the attempt cannot be noted: {error}") from error
        try:
            yield begun
        except NotDone:
            begun.path.unlink()
            raise

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """A session with the server, ready for an envelope."""
        context = ssl.create_default_context()
        try:
            session: smtplib.SMTP = (
                smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT, context=context)
                if self._is_tls
                else smtplib.SMTP(self._host, self._port, timeout=TIMEOUT)
            )
        except (OSError, smtplib.SMTPException) as error:
            raise NotDone(f"Not sent: {self._host}:{self._port} cannot be reached: {error}") from error
        try:
            self._greet(session, context)
            yield session
            _quit(session)
        finally:
            session.close()

    def _greet(self, session: smtplib.SMTP, context: ssl.SSLContext) -> None:
        try:
            session.ehlo_or_helo_if_needed()
            if not self._is_tls and session.has_extn("starttls"):
                session.starttls(context=context)
                session.ehlo()
            if self._login:
                session.login(*self._login)
        except (OSError, smtplib.SMTPException) as error:
            raise NotDone(f"Not sent: {self._host}:{self._port} refused the session: {error}") from error

    def _envelope(self, session: smtplib.SMTP, message: EmailMessage) -> None:
        """Name sender and recipient; no text has left yet, so whatever fails here sent nothing."""
        sender = message["From"].addresses[0].addr_spec
        recipient = message["To"].addresses[0].addr_spec
        try:
            answers = {"sender": session.mail(sender), "recipient": session.rcpt(recipient)}
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            raise NotDone(f"Not sent: {type(error).__name__}: {error}") from error
        for step, (code, answer) in answers.items():
            if code not in (250, 251):
                said = answer.decode(errors="replace")
                raise NotDone(f"Not sent: the server refused the {step}: {code} {said}")


class _Begun:
    """A note that an attempt under a key has begun; making it fails where one exists."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.open("xb").close()

    def durable(self) -> None:
        _sync_folder(self.path.parent)


def _quit(session: smtplib.SMTP) -> None:
    try:
        session.quit()
    except (OSError, smtplib.SMTPException):
        # The message is accepted already; a server that hangs up early changes nothing.
        return


def open_outbox(smtp_url: str | None, maildir: Path) -> Outbox:
    """The mail server where one is configured, else the Maildir."""
    return SmtpOutbox(smtp_url, maildir) if smtp_url else MaildirOutbox(maildir)


def sent_lookup(outbox: Outbox) -> Callable[[str, dict[str, Any]], bool | None]:
    """A lookup for the ledger: was the message of this effect delivered?"""

    def find_sent(message_key: str, _arguments: dict[str, Any]) -> bool | None:
        return outbox.has_sent(message_key)

    return find_sent
