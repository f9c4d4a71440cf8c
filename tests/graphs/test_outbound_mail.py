from __future__ import annotations

import mailbox
import multiprocessing
import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from graphs.outbound_copy.mail import (
    MaildirOutbox,
    SendingUncertain,
    SmtpOutbox,
    compose,
    message_id,
    open_outbox,
    sent_lookup,
)
from signoff import NotDone

SENDER = Address("Harbour & Pine", addr_spec="hello@harbourpine.example")
KEY = "eff_0123456789abcdef"


def mail(
    key: str = KEY, to: str = "noah@example.com", body: str = "Hi Noah,\n\nna\u00efve \u2713\n"
) -> EmailMessage:
    return compose(SENDER, to, "Caf\u00e9 \u2615", body, key)


def test_a_message_is_rfc_5322_and_reads_back() -> None:
    read = message_from_bytes(mail().as_bytes(), policy=default)
    assert read["From"] == '"Harbour & Pine" <hello@harbourpine.example>' or "Harbour & Pine" in read["From"]
    assert read["To"] == "noah@example.com"
    assert read["Subject"] == "Caf\u00e9 \u2615"
    assert read["Message-ID"] == "<eff_0123456789abcdef@harbourpine.example>"
    assert read["Date"].datetime is not None
    assert not read.defects
    assert isinstance(read, EmailMessage)
    assert read.get_content() == "Hi Noah,\n\nna\u00efve \u2713\n"


@pytest.mark.parametrize(
    ("to", "subject", "key"),
    [
        ("noah@example.com\r\nBcc: eve@evil.ru", "Hi", KEY),
        ("noah@example.com", "Hi\nBcc: eve@evil.ru", KEY),
        ("noah@example.com", "Hi\x00", KEY),
        ("noah@example.com, eve@evil.ru", "Hi", KEY),
        ("noah", "Hi", KEY),
        ("", "Hi", KEY),
        ("noah@localhost", "Hi", KEY),
        ("noah@example.com", "Hi", ""),
    ],
)
def test_what_is_no_single_clean_header_is_refused(to: str, subject: str, key: str) -> None:
    with pytest.raises(NotDone, match="Not sent"):
        compose(SENDER, to, subject, "Hello", key)


@pytest.mark.parametrize("key", ["../../etc/passwd", "a/b", "x" * 200, "k\u00e9y", "a b", "a:2,S"])
def test_any_key_makes_a_safe_name(key: str, tmp_path: Path) -> None:
    assert message_id(key, "x.example").isascii()
    box = MaildirOutbox(tmp_path / "box")
    assert box.send(mail(key), key)
    assert box.has_sent(key)
    assert len(list((tmp_path / "box" / "new").iterdir())) == 1


def test_a_maildir_takes_a_message_once_per_key(tmp_path: Path) -> None:
    box = MaildirOutbox(tmp_path / "deep" / "box")
    assert box.has_sent(KEY) is False
    assert box.send(mail(), KEY) is True
    assert box.send(mail(), KEY) is False
    assert box.has_sent(KEY) is True
    [message] = mailbox.Maildir(tmp_path / "deep" / "box")
    assert message["Message-ID"] == f"<{KEY}@harbourpine.example>"
    assert list((tmp_path / "deep" / "box" / "tmp").iterdir()) == []


def test_a_message_that_somebody_read_is_still_known(tmp_path: Path) -> None:
    box = MaildirOutbox(tmp_path / "box")
    box.send(mail(), KEY)
    (tmp_path / "box" / "new" / KEY).rename(tmp_path / "box" / "cur" / f"{KEY}:2,S")
    assert box.has_sent(KEY) is True
    assert box.send(mail(), KEY) is False


def _send_often(path: Path, barrier: Any, sent: Any) -> None:
    box = MaildirOutbox(path)
    for n in range(20):
        barrier.wait(timeout=30)
        if box.send(mail(f"key-{n}"), f"key-{n}"):
            with sent.get_lock():
                sent.value += 1


def test_processes_that_race_under_one_key_deliver_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    barrier, sent = context.Barrier(3), context.Value("i", 0)
    workers = [context.Process(target=_send_often, args=(tmp_path / "box", barrier, sent)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
    assert sent.value == 20
    assert len(list((tmp_path / "box" / "new").iterdir())) == 20


def test_a_mailbox_that_cannot_be_opened_sent_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(NotDone, match="cannot be opened"):
        MaildirOutbox(tmp_path / "file" / "box").send(mail(), KEY)


class _Server:
    """What the mail server got, and what it shall answer."""

    def __init__(self) -> None:
        self.received: list[tuple[str, list[str], EmailMessage]] = []
        self.refuse_recipient = False
        self.answer_to_data = "250 taken"
        self.hang_up = False

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, _: Any) -> str:  # noqa: N802 - the server looks it up by this name
        if self.refuse_recipient:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - as above
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.received.append((envelope.mail_from, envelope.rcpt_tos, message))
        if self.hang_up:
            server.transport.abort()
        return self.answer_to_data


@pytest.fixture
def server() -> Iterator[tuple[_Server, str]]:
    handler = _Server()
    controller = Controller(handler, hostname="127.0.0.1", port=_free_port())
    controller.start()
    try:
        yield handler, f"smtp://127.0.0.1:{controller.port}"
    finally:
        controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_real_mail_server_gets_the_message_once(server: tuple[_Server, str], tmp_path: Path) -> None:
    handler, url = server
    outbox = open_outbox(url, tmp_path / "sent")
    assert outbox.name == "smtp"
    assert outbox.has_sent(KEY) is False
    assert outbox.send(mail(), KEY) is True
    assert outbox.send(mail(), KEY) is False
    [(sender, recipients, message)] = handler.received
    assert (sender, recipients) == ("hello@harbourpine.example", ["noah@example.com"])
    assert message["Message-ID"] == f"<{KEY}@harbourpine.example>"
    assert message.get_content().replace("\r\n", "\n") == "Hi Noah,\n\nna\u00efve \u2713\n"
    assert sent_lookup(outbox)(KEY, {}) is True


def test_a_refused_recipient_means_not_done_and_may_be_tried_again(
    server: tuple[_Server, str], tmp_path: Path
) -> None:
    handler, url = server
    outbox = SmtpOutbox(url, tmp_path / "sent")
    handler.refuse_recipient = True
    with pytest.raises(NotDone, match="refused the recipient: 550 no such mailbox"):
        outbox.send(mail(), KEY)
    assert outbox.has_sent(KEY) is False
    handler.refuse_recipient = False
    assert outbox.send(mail(), KEY) is True


def test_a_refused_text_means_not_done(server: tuple[_Server, str], tmp_path: Path) -> None:
    handler, url = server
    handler.answer_to_data = "554 spam"
    with pytest.raises(NotDone, match="refused the text: 554"):
        SmtpOutbox(url, tmp_path / "sent").send(mail(), KEY)
    assert SmtpOutbox(url, tmp_path / "sent").has_sent(KEY) is False


def test_a_connection_lost_after_the_text_is_uncertain_and_never_repeated(
    server: tuple[_Server, str], tmp_path: Path
) -> None:
    handler, url = server
    handler.hang_up = True
    outbox = SmtpOutbox(url, tmp_path / "sent")
    with pytest.raises(OSError, match=r"closed|reset"):
        outbox.send(mail(), KEY)
    assert outbox.has_sent(KEY) is None
    handler.hang_up = False
    with pytest.raises(SendingUncertain):
        outbox.send(mail(), KEY)
    assert len(handler.received) == 1


def test_nobody_listening_means_not_done(tmp_path: Path) -> None:
    outbox = SmtpOutbox(f"smtp://127.0.0.1:{_free_port()}", tmp_path / "sent")
    with pytest.raises(NotDone, match="cannot be reached"):
        outbox.send(mail(), KEY)
    assert outbox.has_sent(KEY) is False


def test_a_login_that_the_server_does_not_offer_means_not_done(
    server: tuple[_Server, str], tmp_path: Path
) -> None:
    handler, url = server
    with pytest.raises(NotDone, match="refused the session"):
        SmtpOutbox(url.replace("//", "//user:secret@"), tmp_path / "sent").send(mail(), KEY)
    assert handler.received == []


@pytest.mark.parametrize("url", ["http://host", "smtp://", "host:25", "smtp"])
def test_a_url_that_is_no_mail_server_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="SIGNOFF_SMTP_URL"):
        SmtpOutbox(url, tmp_path)
