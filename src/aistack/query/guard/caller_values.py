"""The caller in row filters: `{caller.groups}`, `{caller.id}`, `{caller.name}` and `{caller.email}` as parameters.

The words become named parameters, which the driver binds, so nothing of the caller is ever part of the SQL text. The
groups become one parameter each, for `IN (...)`. A value that the caller does not have matches nothing: its comparison
is unknown, also when it is negated.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from aistack.chassis.identity import OWNER, Principal
from aistack.connection.wire import RowFilter, Rules
from aistack.databases.identifiers import bare
from aistack.query.guard.lexer import Unreadable, spans
from aistack.query.guard.statement_check import Checked, Refused
from aistack.query.wire import Value

FIELDS = ("groups", "id", "name", "email")
PREFIX = "caller__"  # of the parameters; reserved
MISSING = PREFIX + "missing"
WORD = re.compile(r"\{\s*caller\s*\.\s*(\w*)\s*\}")

Caller = Mapping[str, Sequence[str]]


def caller_values(who: Principal) -> Caller:
    """What row filters can say of a principal: its subject, groups, name and e-mail address.

    Only the names of the owner's keys count, as administrators choose them: others name themselves and their keys.
    """
    name = who.name if who.kind == "key" and who.subject == OWNER else ""
    return {"groups": who.groups, "id": [who.subject or who.id], "name": [name], "email": [who.email]}


def with_caller(rules: Rules, checked: Checked, caller: Caller) -> tuple[Rules, dict[str, Value]]:
    """The rules for a statement with parameters instead of the words, and the parameters' values. Raises Refused."""
    values: dict[str, Value] = {}
    tables = {bare(table) for table in checked.tables}
    filters = [
        one.model_copy(update={"where": _where(one, caller, checked.dialect, values)})
        if bare(one.table) in tables
        else one
        for one in rules.filters
    ]
    return rules.model_copy(update={"filters": filters}), values


def reserved(names: Mapping[str, object]) -> str:
    """The first parameter of a statement that could be mistaken for one of these, or an empty string."""
    return next((name for name in names if name.startswith(PREFIX)), "")


def _where(one: RowFilter, caller: Caller, dialect: str, values: dict[str, Value]) -> str:
    text, table = one.where, one.table
    if WORD.search(text) is None:
        return text
    try:
        quoted = [(span.start, span.end) for span in spans(text, dialect)]
    except Unreadable as error:
        raise Refused("rules", f"the row filter of {table} cannot be read: {error}") from None

    def parameters(found: re.Match[str]) -> str:
        if found[1] not in FIELDS:
            raise Refused("rules", f"the row filter of {table} has {found[0]}; known are {', '.join(FIELDS)}")
        if any(start < found.end() and found.start() < end for start, end in quoted):
            raise Refused(
                "rules", f"the row filter of {table} has {found[0]} in quotes or a comment; remove the quotes"
            )
        held = [one for one in caller.get(found[1], ()) if one]
        named = {f"{PREFIX}{found[1]}_{at}": one for at, one in enumerate(held)} if found[1] == "groups" else {}
        if found[1] != "groups" and held:
            named = {PREFIX + found[1]: held[0]}
        values.update(named)
        return ", ".join(f":{name}" for name in named or [MISSING])

    return WORD.sub(parameters, text)


def without_missing(condition: Any) -> Any:
    """A parsed condition in which each comparison with a missing value is unknown."""
    from sqlglot import expressions

    exp: Any = expressions
    holder = exp.Paren(this=condition)
    for found in [one for one in holder.find_all(exp.Placeholder) if one.name == MISSING]:
        if found.root() is not holder:  # it was in a comparison that has been replaced
            continue
        if isinstance(found.parent, exp.In) and len(found.parent.expressions) > 1 and found.arg_key == "expressions":
            found.pop()
            continue
        comparison = found.find_ancestor(exp.Predicate, exp.Select)
        whole = comparison if isinstance(comparison, exp.Predicate) else holder.this
        whole.replace(exp.EQ(this=exp.Literal.number(1), expression=exp.Null()))
    return holder.this
