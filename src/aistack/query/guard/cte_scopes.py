"""Whether a name in FROM means a WITH query of the statement or a table of the database.

Only a WITH query that certainly is in scope counts: a table with rules must not be taken for one.
"""

from typing import Any

from aistack.query.guard.statement_check import Refused

SELF_REFERENCES = ("sqlite",)  # where a WITH query is in its own scope even without RECURSIVE


def names_cte(table: Any, dialect: str) -> bool:
    """Raises Refused if it depends on the case of letters."""
    if table.args.get("db") is not None:
        return False
    child, node = table, table.parent
    while node is not None:
        clause = node.args.get("with_")
        if clause is not None:
            for query in _in_scope(clause, child, table, dialect):
                if _name(query.args["alias"].this, dialect) == _name(table.this, dialect):
                    return True
                if str(query.alias).casefold() == table.name.casefold():
                    raise Refused("rules", f"write {table.name} in the same case everywhere, or rename the WITH query")
        child, node = node, node.parent
    return False


def _in_scope(clause: Any, child: Any, table: Any, dialect: str) -> list[Any]:
    queries = list(clause.expressions)
    if child is not clause:
        return queries
    at = next(index for index, query in enumerate(queries) if _contains(query, table))
    includes_itself = bool(clause.args.get("recursive")) or dialect in SELF_REFERENCES
    return queries[: at + 1 if includes_itself else at]


def _contains(query: Any, node: Any) -> bool:
    while node is not None and node is not query:
        node = node.parent
    return node is query


def _name(name: Any, dialect: str) -> str:
    return str(name.name).lower() if dialect == "postgres" and not name.quoted else str(name.name)
