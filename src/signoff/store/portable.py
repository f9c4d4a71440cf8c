"""Expressions that both databases know under different names."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class utc_day(GenericFunction[str]):  # noqa: N801 - named as a function of SQL
    """The day of an instant in UTC: "2026-11-22"."""

    type = String()
    inherit_cache = True


class json_text(GenericFunction[str]):  # noqa: N801 - as above
    """What stands under a path of a JSON text, as text: `json_text(column, "shadow", "rule")`."""

    type = String()
    inherit_cache = True


@compiles(utc_day, "sqlite")
def _day_sqlite(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    [instant] = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"substr({instant}, 1, 10)"


@compiles(utc_day, "postgresql")
def _day_postgresql(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    [instant] = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"to_char({instant} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"


@compiles(json_text, "sqlite")
def _json_sqlite(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    column, *path = element.clauses
    return f"json_extract({compiler.process(column, **kw)}, '$.{'.'.join(step.value for step in path)}')"


@compiles(json_text, "postgresql")
def _json_postgresql(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    column, *path = element.clauses
    steps = ",".join(step.value for step in path)
    return f"(({compiler.process(column, **kw)})::json #>> '{{{steps}}}')"
