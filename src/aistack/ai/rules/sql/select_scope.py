"""One SELECT that is being generated: its table's alias, and the joins to tables that each row refers to."""

from aistack.ai.dialects.sql_formatter import SqlFormatter
from aistack.ai.schema.profiles import Column
from aistack.ai.schema.schema_graph import Path


class SelectScope:
    """Adds a join whenever a column of another table is used."""

    def __init__(self, sql: SqlFormatter, table: str) -> None:
        self.table = table
        self.alias = sql.alias(table)
        self._sql = sql
        self._joined: dict[Path, str] = {}
        self._required: set[Path] = set()

    def column(self, column: Column) -> str:
        """A column of the table itself, or of a table that each row refers to."""
        if column.table == self.table:
            return self._sql.column_of(self.alias, column)
        path = self._sql.graph.path_to_one(self.table, column.table)
        assert path, f"{column} has more than one value for a row of {self.table}"
        return self._sql.column_of(self._joined_alias(path), column)

    def follow(self, path: Path) -> str:
        """The alias of the table at the end of a path; rows that it has no match for drop out."""
        self._required |= {path[:end] for end in range(1, len(path) + 1)}
        return self._joined_alias(path)

    def source(self) -> str:
        """The FROM clause; call it after every column has been generated."""
        text = self._sql.table(self.table, self.alias)
        for path, alias in self._joined.items():
            join = path[-1]
            before = self._joined[path[:-1]] if len(path) > 1 else self.alias
            condition = self._sql.join_condition(join, before, alias)
            kind = "JOIN" if path in self._required else "LEFT JOIN"
            text += f" {kind} {self._sql.table(join.right, alias)} ON {condition}"
        return text

    def _joined_alias(self, path: Path) -> str:
        for end in range(1, len(path) + 1):
            if path[:end] not in self._joined:
                self._joined[path[:end]] = self._sql.alias(path[end - 1].right)
        return self._joined[path]
