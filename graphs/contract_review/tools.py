"""The tools of the flow: pass clauses, settle one clause, and send the redline that comes of it."""

from __future__ import annotations

import json
from email.headerregistry import Address
from typing import Annotated, Any

from langchain_core.tools import BaseTool, InjectedToolArg, tool
from pydantic import Field

from graphs.contract_review.shelf import NotOnShelf, Shelf
from graphs.outbound_copy.mail import Outbox, compose
from signoff import NotDone

DOCX_TYPE = ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document")
SENDER = Address(display_name="Harbour & Pine Legal", addr_spec="legal@harbourpine.example")


def contract_tools(shelf: Shelf, outbox: Outbox) -> list[BaseTool]:
    """All tools over one folder and one outbox."""
    return [passing_tool(), settling_tool(), sending_tool(shelf, outbox)]


def passing_tool() -> BaseTool:
    """`pass_clauses`."""

    @tool
    def pass_clauses(
        clauses: Annotated[list[str], Field(min_length=1, description="Numbers of the clauses.")],
    ) -> str:
        """Leave clauses that the playbook does not speak of as they stand."""
        return _json({"passed": len(clauses)})

    return pass_clauses


def settling_tool() -> BaseTool:
    """`settle_clause`."""

    @tool(response_format="content_and_artifact")
    def settle_clause(
        clause: Annotated[str, Field(description="Number of the clause, as the contract has it.")],
        heading: Annotated[str, Field(description="Its heading.")],
        kinds: Annotated[str, Field(description="What it is about, in words.")],
        original: Annotated[
            str, Field(description="Its text as it came in, to the letter; empty if it is new.")
        ],
        wording: Annotated[
            str, Field(min_length=1, description="Its text as it should read; the original where it stays.")
        ],
        comment: Annotated[
            str, Field(description="Why, for the other side to read; goes out with the redline.")
        ] = "",
    ) -> tuple[str, dict[str, str]]:
        """Settle how one clause of the contract should read."""
        status = "kept" if wording == original else "added" if not original else "reworded"
        return (
            json.dumps(
                {"clause": clause, "heading": heading, "kinds": kinds, "status": status}, ensure_ascii=False
            ),
            {"clause": clause, "original": original, "wording": wording, "comment": comment},
        )

    return settle_clause


def sending_tool(shelf: Shelf, outbox: Outbox) -> BaseTool:
    """`send_redline`."""

    @tool
    def send_redline(
        to: Annotated[str, Field(description="E-mail address of the other side.")],
        subject: Annotated[str, Field(min_length=1, max_length=200)],
        body: Annotated[str, Field(min_length=1, description="The covering letter, plain text.")],
        document: Annotated[str, Field(description="Name of the redline; its digest is part of it.")],
        attachment_name: Annotated[
            str, Field(pattern=r"^[^/\\\x00-\x1f]{1,150}\.docx$", description="What it is called there.")
        ],
        message_key: Annotated[str, InjectedToolArg],
    ) -> str:
        """Send the redline to the other side. It goes out at once and cannot be recalled."""
        try:
            data = shelf.read(document)
        except NotOnShelf as error:
            raise NotDone(f"Not sent: {error}") from error
        message = compose(SENDER, to, subject, body, message_key)
        main, sub = DOCX_TYPE
        message.add_attachment(data, maintype=main, subtype=sub, filename=attachment_name)
        is_new = outbox.send(message, message_key)
        return _json(
            {
                "status": "sent" if is_new else "sent before",
                "to": to,
                "document": document,
                "message_id": str(message["Message-ID"]),
                "via": outbox.name,
            }
        )

    return send_redline


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
