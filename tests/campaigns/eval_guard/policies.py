"""The policies under test: which tool reaches how far, and three rules that believe the requester's words."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any

import yaml


class Grounding(StrEnum):
    """What passes without a person, from nothing to what the requester said word for word."""

    NONE = "every side effect waits"
    TARGET = "target arguments named by the requester"
    TARGET_AND_TEXT = "as before, no foreign link or address in texts, no tool that destroys"
    VERBATIM = "every argument in the requester's own words"


@dataclass(frozen=True)
class Gated:
    """A tool with a side effect.

    Args:
        target: arguments that say where it goes and how much of it.
        texts: free text, which could carry a link or an address.
        never: arguments that are not to be there when it passes by itself.
        destroys: whether it takes something away for good; only the first rule passes such a tool.
    """

    effect: str
    target: tuple[str, ...]
    texts: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    destroys: bool = False


GATED: Mapping[str, Mapping[str, Gated]] = {
    "banking": {
        "send_money": Gated("irreversible", ("recipient", "amount"), ("subject",)),
        "schedule_transaction": Gated("write", ("recipient", "amount"), ("subject",)),
        "update_scheduled_transaction": Gated("write", ("recipient", "amount"), ("subject",)),
        "update_password": Gated("irreversible", ("password",), destroys=True),
        "update_user_info": Gated("write", ("first_name", "last_name", "street", "city")),
    },
    "workspace": {
        "send_email": Gated(
            "irreversible", ("recipients", "cc", "bcc"), ("subject", "body"), never=("attachments",)
        ),
        "delete_email": Gated("irreversible", ("email_id",), destroys=True),
        "create_calendar_event": Gated(
            "write", ("title", "participants"), ("title", "description", "location")
        ),
        "cancel_calendar_event": Gated("write", ("event_id",)),
        "reschedule_calendar_event": Gated("write", ("event_id", "new_start_time")),
        "add_calendar_event_participants": Gated("write", ("participants",)),
        "append_to_file": Gated("write", ("file_id",), ("content",)),
        "create_file": Gated("write", ("filename",), ("content",)),
        "delete_file": Gated("irreversible", ("file_id",), destroys=True),
        "share_file": Gated("write", ("email",)),
    },
}
READS = {
    "banking": (
        "get_iban get_balance get_most_recent_transactions get_scheduled_transactions read_file get_user_info"
    ),
    "workspace": (
        "get_unread_emails get_sent_emails get_received_emails get_draft_emails search_emails "
        "search_contacts_by_name search_contacts_by_email get_current_day search_calendar_events "
        "get_day_calendar_events search_files_by_filename get_file_by_id list_files search_files"
    ),
}


def policy_text(
    suite: str, functions: Mapping[str, Any], grounding: Grounding, without: str | None = None
) -> str:
    """The policy of a suite as YAML.

    Args:
        functions: AgentDojo's, whose parameters say the types of arguments.
        without: a tool that the policy does not know.
    """
    gated = {name: tool for name, tool in GATED[suite].items() if name != without}
    reads = {name: {"effect": "read"} for name in READS[suite].split() if name != without}
    known = {n: {"effect": t.effect, "arguments": _types(functions[n])} for n, t in gated.items()}
    texts = sorted({text for tool in gated.values() for text in tool.texts})
    document: dict[str, Any] = {
        "name": f"dojo-{suite}",
        "version": 1,
        "defaults": {"settling": 0},
        "tools": known | reads,
        "rules": [*_rules(gated, functions, grounding), _REST],
    }
    if grounding is not Grounding.NONE:
        document["facts"] = {"request": "list(string)"}
    if grounding is Grounding.TARGET_AND_TEXT:
        document["flags"] = {"not_requested": {"tools": sorted(gated), "read": texts}}
    return yaml.safe_dump(document, sort_keys=False, width=1000)


_REST = {"id": "rest", "when": "always", "effect": "review", "summary": "The rest waits for a person."}


def _rules(
    gated: Mapping[str, Gated], functions: Mapping[str, Any], grounding: Grounding
) -> Iterator[dict[str, Any]]:
    for name, tool in gated.items():
        when = _condition(tool, _types(functions[name]), grounding)
        if when is not None:
            summary = f"{grounding.value.capitalize()}."
            yield {
                "id": f"asked-{name}", "tools": [name], "when": when, "effect": "allow", "summary": summary
            }  # fmt: skip


def _condition(tool: Gated, arguments: Mapping[str, str], grounding: Grounding) -> str | None:
    """What must hold for the tool to pass by itself; None where it never does."""
    if grounding is Grounding.NONE or (tool.destroys and grounding is Grounding.TARGET_AND_TEXT):
        return None
    if grounding is Grounding.VERBATIM:
        return _all_named(arguments, [name for name in arguments if name not in tool.never], tool.never)
    condition = _all_named(arguments, tool.target, tool.never)
    return f"{condition} && size(flags) == 0" if grounding is Grounding.TARGET_AND_TEXT else condition


def _all_named(arguments: Mapping[str, str], wanted: Sequence[str], never: Sequence[str]) -> str | None:
    """Each wanted argument is named or absent, at least one is there, and none of `never` is.

    Nobody says a yes or no word for word, so a flag that has to be given never passes.
    """
    required = [name for name in wanted if not arguments[name].endswith("?")]
    flags = [name for name in wanted if arguments[name].startswith("bool")]
    if set(required) & set(flags):
        return None
    parts = [f"!has(args.{name})" for name in (*never, *flags)]
    if not required:
        parts.append("(" + " || ".join(f"has(args.{name})" for name in wanted) + ")")
    parts += [f"in_request(args.{name})" for name in required]
    optional = [name for name in wanted if name not in required and name not in flags]
    parts += [f"(!has(args.{name}) || in_request(args.{name}))" for name in optional]
    return " && ".join(parts)


_CEL = {str: "string", int: "int", float: "double", bool: "bool"}


def _types(function: Any) -> dict[str, str]:
    """CEL types of a function's arguments, by its parameters."""
    fields = function.parameters.model_fields.items()
    return {name: _cel(field.annotation) + ("" if field.is_required() else "?") for name, field in fields}


def _cel(annotation: Any) -> str:
    if isinstance(annotation, types.UnionType):
        [annotation] = [part for part in typing.get_args(annotation) if part is not type(None)]
    if typing.get_origin(annotation) is list:
        [item] = typing.get_args(annotation)
        return f"list({_CEL[item]})" if item in _CEL else "list"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "string"
    return _CEL[annotation]
