"""Statements of the hot path: compiled once, and run on the driver's own cursor.

SQLAlchemy's execution takes about ten times as long as SQLite needs for such a statement, and every
tool call that a policy passes pays for some fifteen of them.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import BindParameter, Executable, literal_column
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.visitors import replacement_traverse
from sqlalchemy.types import NullType

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Table
    from sqlalchemy.sql import ClauseElement
    from sqlalchemy.sql.compiler import SQLCompiler

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


class Prepared:
    """A statement whose parameters are all named by `bindparam`, or an insert.

    Errors are the driver's own.

    Args:
        columns: what an insert gives values for; by default every column of the table.
    """

    def __init__(self, statement: Executable, columns: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._columns = columns
        self._compiled: dict[str, _Compiled] = {}

    def run(self, tx: Tx, parameters: Mapping[str, Any]) -> Rows:
        compiled = self.compiled_for(tx)
        return compiled.found(tx.wire.run(compiled.text, compiled.arguments(parameters)))

    def send(self, tx: Tx, *parameters: Mapping[str, Any]) -> None:
        """Run it once for each; no answer is wanted."""
        compiled = self.compiled_for(tx)
        for given in parameters:
            tx.wire.send(compiled.text, compiled.arguments(given))

    def compiled_for(self, tx: Tx) -> _Compiled:
        found = self._compiled.get(tx.dialect.name)
        if found is None:
            found = _Compiled(self._statement, self._columns, tx.dialect)
            self._compiled[tx.dialect.name] = found
        return found


def run_together(tx: Tx, *asked: tuple[Prepared, Mapping[str, Any]]) -> list[Rows]:
    """Run statements in their order, in one trip to a database that is a server."""
    compiled = [(prepared.compiled_for(tx), parameters) for prepared, parameters in asked]
    cursors = tx.wire.run_all([(one.text, one.arguments(parameters)) for one, parameters in compiled])
    return [one.found(cursor) for (one, _), cursor in zip(compiled, cursors, strict=True)]


class _Compiled:
    """A statement for one dialect."""

    def __init__(self, statement: Executable, columns: Sequence[str] | None, dialect: Dialect) -> None:
        element = _with_constants(cast("ClauseElement", statement), dialect)
        compiled = cast("SQLCompiler", element.compile(dialect=dialect, column_keys=columns))
        self.text = str(compiled)
        self._dialect = dialect
        self._columns: list[ColumnElement[Any]] = list(getattr(statement, "exported_columns", ()))
        self._make: Convert | None = None
        order = compiled.positiontup if compiled.positional else None
        self._in_order = None if order is None else _picker(order)
        names = compiled.bind_names.items()
        self._constants = {name: bind.value for bind, name in names if not bind.required}
        converters: dict[str, Convert] = {
            name: convert
            for bind, name in names
            if (convert := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        }
        self._converters = list(converters.items())

    def arguments(self, parameters: Mapping[str, Any]) -> Any:
        """The parameters as the driver takes them: by position or by name."""
        given: Mapping[str, Any] = parameters
        if self._constants or self._converters:
            changed = {**self._constants, **parameters}
            for name, convert in self._converters:
                value = changed[name]
                if value is not None:
                    changed[name] = convert(value)
            given = changed
        return given if self._in_order is None else self._in_order(given)

    def found(self, cursor: Any) -> Rows:
        return Rows(self._rows(cursor), cursor.rowcount)

    def _rows(self, cursor: Any) -> list[Any]:
        if not self._columns:
            return []
        if self._make is None:
            self._make = self._row_maker(cursor.description)
        return [self._make(row) for row in cursor.fetchall()]

    def _row_maker(self, description: Sequence[Any]) -> Convert:
        """Makes named tuples of what the driver gives, with the columns' own types."""
        row_type = row_of([str(column.key) for column in self._columns])
        converters: list[tuple[int, Convert]] = []
        for number, column in enumerate(self._columns):
            impl = column.type.dialect_impl(self._dialect)
            convert = impl.result_processor(self._dialect, description[number][1])
            if convert is not None:
                converters.append((number, convert))

        if not converters:
            return cast("Convert", row_type._make)

        def make(row: Sequence[Any]) -> Any:
            values = list(row)
            for number, converter in converters:
                if values[number] is not None:
                    values[number] = converter(values[number])
            return row_type._make(values)

        return make


def row_of(columns: Sequence[str]) -> Any:
    """A named tuple of `columns`."""
    return namedtuple("Row", columns, rename=True)


class Apart:
    """Cuts the rows of a select over several whole tables into one row for each."""

    def __init__(self, *tables: Table) -> None:
        self._parts: list[tuple[slice, Any]] = []
        start = 0
        for table in tables:
            end = start + len(table.c)
            self._parts.append((slice(start, end), row_of([str(column.key) for column in table.c])))
            start = end

    def __call__(self, row: Sequence[Any]) -> list[Any | None]:
        """None for a table in which an outer join found nothing: its key, the first column, is empty then."""
        return [None if row[part.start] is None else make._make(row[part]) for part, make in self._parts]


def _with_constants(statement: ClauseElement, dialect: Dialect) -> ClauseElement:
    """The statement with its constants in the text. As parameters they would hide partial indexes from
    PostgreSQL, and SQLite plans a statement anew whenever one that such an index is about gets a value."""

    def write_out(element: Any, **_: Any) -> ColumnElement[Any] | None:
        if not isinstance(element, BindParameter) or element.required or isinstance(element.type, NullType):
            return None
        written = str(element.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
        if dialect.paramstyle == "pyformat":
            written %= ()  # its percent signs are doubled once more with the whole statement
        return literal_column(written, element.type)

    return cast("ClauseElement", replacement_traverse(statement, {}, write_out))


def _picker(names: Sequence[str]) -> Convert:
    """Picks the values of `names` out of a mapping, as a tuple."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda given: tuple(given[name] for name in names)
