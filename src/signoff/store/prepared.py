"""Statements of the hot path: compiled once, and run on the driver's own cursor.

SQLAlchemy's execution takes about ten times as long as SQLite needs for such a statement, and every
tool call that a policy passes pays for some fifteen of them.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Executable
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

if TYPE_CHECKING:
    from signoff.store.database import Tx

Convert = Callable[[Any], Any]


class Rows:
    """What a prepared statement found."""

    def __init__(self, rows: Sequence[Any], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def one(self) -> Any:
        [row] = self._rows
        return row

    def one_or_none(self) -> Any | None:
        if not self._rows:
            return None
        return self.one()

    def scalar(self) -> Any:
        """The first column of the only row; None where there is no row."""
        row = self.one_or_none()
        return None if row is None else row[0]


@dataclass(frozen=True)
class _Compiled:
    text: str
    order: tuple[str, ...] | None
    """The parameters by position; None where the driver takes them by name."""
    constants: dict[str, Any]
    converters: dict[str, Convert]
    row: Callable[[Sequence[Any]], Any] | None

    def arguments(self, parameters: Mapping[str, Any]) -> Any:
        given = {**self.constants, **parameters}
        for name, convert in self.converters.items():
            given[name] = convert(given[name])
        return given if self.order is None else [given[name] for name in self.order]


class Prepared:
    """A statement whose parameters are all named by `bindparam`, or an insert of whole rows.

    Errors are the driver's own.
    """

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def run(self, tx: Tx, parameters: Mapping[str, Any]) -> Rows:
        compiled = self._for(tx)
        cursor = tx.cursor()
        cursor.execute(compiled.text, compiled.arguments(parameters))
        if compiled.row is None:
            return Rows((), cursor.rowcount)
        return Rows([compiled.row(row) for row in cursor.fetchall()], cursor.rowcount)

    def run_many(self, tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
        compiled = self._for(tx)
        tx.cursor().executemany(compiled.text, [compiled.arguments(row) for row in rows])

    def _for(self, tx: Tx) -> _Compiled:
        found = self._compiled.get(tx.dialect)
        if found is None:
            found = self._compiled[tx.dialect] = _compile(self._statement, tx.connection.dialect)
        return found


def _compile(statement: Executable, dialect: Dialect) -> _Compiled:
    assert isinstance(statement, ClauseElement)
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    converters = {
        name: convert
        for name, bind in compiled.binds.items()
        if (convert := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
    }
    order = tuple(compiled.positiontup) if compiled.positional and compiled.positiontup is not None else None
    return _Compiled(
        text=str(compiled),
        order=order,
        constants={name: bind.value for name, bind in compiled.binds.items() if not bind.required},
        converters=converters,
        row=_row_maker(statement, dialect),
    )


def _row_maker(statement: Executable, dialect: Dialect) -> Callable[[Sequence[Any]], Any] | None:
    """Makes named tuples out of what the driver gives; None where the statement returns no rows."""
    columns = list(getattr(statement, "exported_columns", ()))
    if not columns:
        return None
    make = namedtuple("Row", [column.key for column in columns], rename=True)._make  # type: ignore[misc]  # the names are data
    convert = [
        (number, converter)
        for number, column in enumerate(columns)
        if (converter := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
    ]
    if not convert:
        return make

    def converted(row: Sequence[Any]) -> Any:
        values = list(row)
        for number, converter in convert:
            values[number] = converter(values[number])
        return make(values)

    return converted
