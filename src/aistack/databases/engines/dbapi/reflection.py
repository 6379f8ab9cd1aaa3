"""Engines with an SQLAlchemy dialect: it opens their connections and reads their schemas by reflection."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from aistack.databases.engines.dbapi.engine import DbapiEngine
from aistack.databases.schema import ColumnInfo, ForeignKey, IndexInfo, TableInfo


class ReflectedEngine(DbapiEngine):
    """One connection of a SQLAlchemy engine."""

    rows_query: ClassVar[str]  # schema, table, estimated rows

    def url(self) -> Any:
        raise NotImplementedError

    def connect_arguments(self, seconds: float) -> dict[str, Any]:
        raise NotImplementedError

    def schemas(self, inspector: Any) -> list[str | None]:
        """The schemas whose tables are shown; None is the default schema."""
        raise NotImplementedError

    def connect(self, seconds: float) -> Any:
        import sqlalchemy
        from sqlalchemy.pool import StaticPool

        made: Any = sqlalchemy.create_engine(
            self.url(), poolclass=StaticPool, connect_args=self.connect_arguments(seconds)
        )
        self.engine = made
        return made.raw_connection()

    def is_disconnect(self, error: BaseException) -> bool:
        return bool(self.engine.dialect.is_disconnect(error, None, None))

    def tables(self, cursor: Any) -> list[TableInfo]:
        import sqlalchemy

        inspector: Any = sqlalchemy.inspect(self.engine)
        rows = {(one[0], one[1]): one[2] for one in self.fetch_all(cursor, self.rows_query)}
        return [table for schema in self.schemas(inspector) for table in self._tables(inspector, schema, rows)]

    def _tables(self, inspector: Any, schema: str | None, rows: Mapping[Any, Any]) -> list[TableInfo]:
        from sqlalchemy.engine.reflection import ObjectKind

        default = inspector.default_schema_name
        views = {str(name) for name in inspector.get_view_names(schema=schema)}

        def read(ask: Any) -> dict[Any, Any]:
            try:
                return dict(ask(schema=schema, kind=ObjectKind.ANY))
            except NotImplementedError:  # not supported by this dialect
                return {}

        comments, keys = read(inspector.get_multi_table_comment), read(inspector.get_multi_pk_constraint)
        foreign, indexes = read(inspector.get_multi_foreign_keys), read(inspector.get_multi_indexes)
        none: dict[str, Any] = {}
        tables: list[TableInfo] = []
        for found, columns in sorted(read(inspector.get_multi_columns).items(), key=lambda one: str(one[0][1])):
            name = str(found[1])
            table = TableInfo(self._qualified(schema, name, default), "view" if name in views else "table")
            table.comment = str((comments.get(found) or none).get("text") or "")
            count = rows.get((schema or default, name))
            table.rows = None if count is None else int(count)
            table.columns = [self._column(one) for one in columns]
            table.primary_key = self._stored_names((keys.get(found) or none).get("constrained_columns") or ())
            table.foreign_keys = [self._foreign_key(one, default) for one in foreign.get(found) or ()]
            table.indexes = [
                IndexInfo(str(one["name"]), self._stored_names(one["column_names"]), bool(one["unique"]))
                for one in indexes.get(found) or ()
            ]
            tables.append(table)
        return tables

    def _column(self, found: Mapping[str, Any]) -> ColumnInfo:
        try:
            kind = str(found["type"].compile(dialect=self.engine.dialect))
        except Exception:  # a type that the dialect cannot render
            kind = str(found["type"])
        (name,) = self._stored_names([found["name"]])
        default, comment = str(found.get("default") or ""), str(found.get("comment") or "")
        return ColumnInfo(name, kind, bool(found.get("nullable", True)), default, comment)

    def _foreign_key(self, found: Mapping[str, Any], default: str | None) -> ForeignKey:
        table = self._qualified(found.get("referred_schema"), str(found["referred_table"]), default)
        return ForeignKey(
            self._stored_names(found["constrained_columns"]), table, self._stored_names(found["referred_columns"])
        )

    def _qualified(self, schema: str | None, name: str, default: str | None) -> str:
        shown = [name] if schema in (None, default) else [str(schema), name]
        return ".".join(self._stored_names(shown))

    def _stored_names(self, names: Iterable[Any]) -> list[str]:
        """Names as the server stores them. Oracle's dialect converts unquoted names to lower case."""
        dialect = self.engine.dialect
        if not dialect.requires_name_normalize:
            return [str(name) for name in names]
        return [str(dialect.denormalize_name(str(name))) for name in names]
