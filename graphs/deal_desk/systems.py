"""The three systems at the edges of the flow: local stand-ins for CRM, contract store and e-signature.

They keep real rows and real mails, so that the flow can be run, crashed and looked into. A connector
to a product of yours takes their place behind the same methods; each writing method takes the ledger's
key and does its work once under it.
"""

from __future__ import annotations

from email.headerregistry import Address
from pathlib import Path

from graphs.deal_desk.contracts import Contract, LocalContracts
from graphs.deal_desk.crm import LocalCrm
from graphs.deal_desk.deals import PriceBook, load_deals, load_price_book
from graphs.deal_desk.settings import DealSettings
from graphs.outbound_copy.mail import MaildirOutbox, Outbox, compose

SENDER = Address(display_name="Meridian Analytics", addr_spec="contracts@meridian.example")


class LocalSignature:
    """Stands in for e-signature: the contract goes to the signer as a mail, into a Maildir."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def send(self, contract: Contract, to: str, message: str, key: str) -> bool:
        """Ask for a signature; False if that was done under this key before.

        Raises:
            NotDone: it is certain that nothing was sent.
        """
        mail = compose(SENDER, to, f"For your signature: contract {contract.id}", message, key)
        mail.add_attachment(contract.text, filename=f"{contract.id}.txt")
        return self._outbox.send(mail, key)

    def has_sent(self, key: str) -> bool | None:
        return self._outbox.has_sent(key)


class Systems:
    """CRM, contract store, e-signature and price book, opened together.

    Raises:
        ValueError: the price book or the sample deals do not fit.
    """

    def __init__(self, settings: DealSettings) -> None:
        settings.directory.mkdir(parents=True, exist_ok=True)
        self.book: PriceBook = load_price_book(settings.price_book)
        self.crm = LocalCrm(settings.directory / "crm.db", load_deals(settings.deals))
        self.contracts = LocalContracts(settings.directory / "contracts.db")
        self.maildir: Path = settings.directory / "signature"
        self.signature = LocalSignature(MaildirOutbox(self.maildir))
