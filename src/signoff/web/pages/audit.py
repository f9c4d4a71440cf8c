"""The audit trail: searched, verified and taken away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from signoff.domain.account import Session
from signoff.domain.permission import Permission, permissions_of
from signoff.domain.person import as_actor
from signoff.domain.visibility import viewer_of
from signoff.services import audit, measure, people, trail
from signoff.services.sight import Sight
from signoff.services.trail import TrailRecord
from signoff.store.trail import TrailFilter
from signoff.web.api.schemas import Word
from signoff.web.auth import CoreDep, allowed
from signoff.web.pages import words
from signoff.web.pages.common import FormDep, form_of, page, reject_unknown, stop_state
from signoff.web.pages.narrow import midnight
from signoff.web.pages.spreadsheet import rows
from signoff.web.pages.trail import events, trail_lines

router = APIRouter()
Reader = Annotated[Session, Depends(allowed(Permission.READ_AUDIT))]
Verifier = Annotated[Session, Depends(form_of(Permission.READ_AUDIT))]
Exporter = Annotated[Session, Depends(form_of(Permission.EXPORT_AUDIT))]
_FILTERS = ("person", "agent", "thread", "review", "event", "tool", "policy", "rule", "since", "until")
_FORMATS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
_COLUMNS = tuple(TrailRecord.model_fields)


@router.get("/audit")
def audit_page(
    request: Request, core: CoreDep, session: Reader, before: Annotated[Word, Query()] = ""
) -> Response:
    """One page of entries, newest first; every filter stands in the address."""
    values = _values(request.query_params)
    with core.database.read(session.person.workspace) as tx:
        sight = Sight(tx, core, viewer_of(session.person))
        found = trail.search(tx, sight, _wanted(values), before=before or None)
        head, verified = audit.head(tx), audit.last_verified(tx)
        everybody, graphs, tools = people.everybody(tx), trail.graphs(tx), measure.tools(tx)
        stopped, now = stop_state(tx), tx.now
    given = {name: value for name, value in values.items() if value}
    return page(
        request,
        "audit.html",
        session=session,
        stopped=stopped,
        lines=trail_lines(found.items, now),
        values=values,
        given=given,
        head=head,
        verified=verified,
        verified_ago=words.ago(verified.at, now) if verified else "",
        people=sorted(everybody, key=lambda person: person.name.casefold()),
        graphs=graphs,
        tools=tools,
        events=events(),
        may_export=Permission.EXPORT_AUDIT in permissions_of(session.person.roles),
        first_href=_href(given),
        not_first=bool(before),
        next_href=_href({**given, "before": found.next}) if found.next else None,
    )


@router.post("/audit/verify")
def verify(core: CoreDep, session: Verifier) -> Response:
    """Walk the whole chain, and note how it went."""
    with core.database.read(session.person.workspace) as tx:
        found = audit.verify(tx)
    with core.database.begin(session.person.workspace) as tx:
        audit.note_verified(tx, as_actor(session.person), found)
    return RedirectResponse("/audit", 303)


@router.post("/audit/export")
def export(core: CoreDep, session: Exporter, form: FormDep) -> Response:
    """The entries that the filter leaves, as a file; that they were taken is noted first."""
    chosen = form.get("format", "")
    reject_unknown(chosen, _FORMATS)
    values = _values(form)
    with_personal_data = form.get("personal") == "yes"
    workspace = session.person.workspace
    with core.database.begin(workspace) as tx:
        given = {name: value for name, value in values.items() if value}
        trail.note_export(tx, as_actor(session.person), given, chosen, with_personal_data=with_personal_data)
        name = f"audit-{tx.now:%Y-%m-%d}.{chosen}"
    viewer = viewer_of(session.person)
    pages = trail.export(core, workspace, viewer, _wanted(values), with_personal_data=with_personal_data)
    written = _as_csv(pages) if chosen == "csv" else _as_lines(pages)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(written, media_type=_FORMATS[chosen], headers=headers)


def _as_csv(pages: Iterator[list[TrailRecord]]) -> Iterator[str]:
    yield rows([_COLUMNS])
    for records in pages:
        yield rows([_cells(record) for record in records])


def _cells(record: TrailRecord) -> list[object]:
    values = record.model_dump()
    if record.content is not None:
        values["content"] = orjson.dumps(record.content).decode()
    return [values[name] for name in _COLUMNS]


def _as_lines(pages: Iterator[list[TrailRecord]]) -> Iterator[str]:
    for records in pages:
        yield "".join(record.model_dump_json() + "\n" for record in records)


def _values(given: Mapping[str, str]) -> dict[str, str]:
    values = {name: given.get(name, "").strip()[:200] for name in _FILTERS}
    return dict.fromkeys(_FILTERS, "") if any("\0" in value for value in values.values()) else values


def _wanted(values: Mapping[str, str]) -> TrailFilter:
    texts = {name: values[name] or None for name in _FILTERS if name not in ("since", "until")}
    last = midnight(values["until"])
    return TrailFilter(
        **texts,
        since=midnight(values["since"]),
        until=last + timedelta(days=1) if last else None,
    )


def _href(given: Mapping[str, str | None]) -> str:
    return "/audit?" + urlencode({name: value for name, value in given.items() if value})
