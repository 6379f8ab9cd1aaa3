"""Servers that SQLAlchemy has a dialect for: it makes their connections, and reads their schemas by inspection."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from aistack.databases.dialects.base import DialectEngine
from aistack.databases.schema import ColumnInfo, ForeignKey, IndexInfo, TableInfo


class InspectedEngine(DialectEngine):
    """One connection of a SQLAlchemy engine."""

    rows_query: ClassVar[str]  # schema, table, estimated rows

    def url(self) -> Any:
        raise NotImplementedError

    def connect_arguments(self, seconds: float) -> dict[str, Any]:
        raise NotImplementedError

    def schemas(self, inspector: Any) -> list[str | None]:
        """Those whose tables are shown; None is the default one."""
        raise NotImplementedError

    def connected(self, seconds: float) -> Any:
        import sqlalchemy
        from sqlalchemy.pool import StaticPool

        made: Any = sqlalchemy.create_engine(
            self.url(), poolclass=StaticPool, connect_args=self.connect_arguments(seconds)
        )
        self.engine = made
        return made.raw_connection()

    def is_gone(self, error: BaseException) -> bool:
        return bool(self.engine.dialect.is_disconnect(error, None, None))

    def tables(self, cursor: Any) -> list[TableInfo]:
        import sqlalchemy

        inspector: Any = sqlalchemy.inspect(self.engine)
        rows = {(one[0], one[1]): one[2] for one in self.asked(cursor, self.rows_query)}
        return [table for schema in self.schemas(inspector) for table in self._tables(inspector, schema, rows)]

    def _tables(self, inspector: Any, schema: str | None, rows: Mapping[Any, Any]) -> list[TableInfo]:
        from sqlalchemy.engine.reflection import ObjectKind

        default = inspector.default_schema_name
        views = {str(name) for name in inspector.get_view_names(schema=schema)}
        read = _reading(schema, ObjectKind.ANY)
        comments, keys = read(inspector.get_multi_table_comment), read(inspector.get_multi_pk_constraint)
        foreign, indexes = read(inspector.get_multi_foreign_keys), read(inspector.get_multi_indexes)
        none: dict[str, Any] = {}
        tables: list[TableInfo] = []
        for found, columns in sorted(read(inspector.get_multi_columns).items()):
            name = found[1]
            shown = name if schema in (None, default) else f"{schema}.{name}"
            table = TableInfo(
                shown, "view" if name in views else "table", (comments.get(found) or none).get("text") or ""
            )
            table.rows = _whole(rows.get((schema or default, name)))
            table.columns = [self._column(one) for one in columns]
            table.primary_key = list((keys.get(found) or none).get("constrained_columns") or ())
            table.foreign_keys = [_foreign_key(one, default) for one in foreign.get(found) or ()]
            table.indexes = [
                IndexInfo(str(one["name"]), [str(part) for part in one["column_names"]], bool(one["unique"]))
                for one in indexes.get(found) or ()
            ]
            tables.append(table)
        return tables

    def _column(self, found: Mapping[str, Any]) -> ColumnInfo:
        try:
            kind = str(found["type"].compile(dialect=self.engine.dialect))
        except Exception:  # a type that the dialect itself cannot spell
            kind = str(found["type"])
        default = found.get("default")
        return ColumnInfo(
            str(found["name"]), kind, bool(found.get("nullable", True)), str(default or ""), found.get("comment") or ""
        )


def _reading(schema: str | None, kind: Any) -> Callable[[Any], dict[Any, Any]]:
    def read(ask: Any) -> dict[Any, Any]:
        try:
            return dict(ask(schema=schema, kind=kind))
        except NotImplementedError:  # this dialect cannot say
            return {}

    return read


def _foreign_key(found: Mapping[str, Any], default: str | None) -> ForeignKey:
    schema = found.get("referred_schema")
    table = found["referred_table"] if schema in (None, default) else f"{schema}.{found['referred_table']}"
    return ForeignKey(list(found["constrained_columns"]), table, list(found["referred_columns"]))


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)
