"""The caller in row filters: `{caller.groups}`, `{caller.id}`, `{caller.claims.region}` and others as parameters.

The words become named parameters, which the driver binds, so nothing of the caller is ever part of the SQL text. Lists
become one parameter for each item, for `IN (...)`. A value that the caller does not have matches nothing: its
comparison is unknown, also when it is negated.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from aistack.chassis.identity import OWNER, Principal
from aistack.connection.rules.conditions import CALLER, CLAIM, FIELDS, unknown_word
from aistack.connection.rules.model import RowFilter
from aistack.query.guard.lexer import Unreadable, spans
from aistack.query.guard.statement_check import Refused
from aistack.query.wire import Value

LISTS = ("groups", "roles")
PREFIX = "caller__"  # of the parameters; reserved
MISSING = PREFIX + "missing"

Caller = Mapping[str, Sequence[str]]


def caller_values(who: Principal) -> Caller:
    """What row filters can say of a principal: its subject, groups, role, name, e-mail address and token's claims.

    Only the names of the owner's keys count, as administrators choose them: others name themselves and their keys.
    """
    name = who.name if who.kind == "key" and who.subject == OWNER else ""
    claims = {CLAIM + key: [value] for key, value in who.attributes}
    own = {"groups": who.groups, "roles": [who.role], "id": [who.subject or who.id], "name": [name]}
    return own | {"email": [who.email]} | claims


def with_caller(one: RowFilter, caller: Caller, dialect: str, values: dict[str, Value]) -> str:
    """The condition of a row filter with parameters instead of the words; adds their values. Raises Refused."""
    text, table = one.where, one.table
    if CALLER.search(text) is None:
        return text
    try:
        quoted = [(span.start, span.end) for span in spans(text, dialect)]
    except Unreadable as error:
        raise Refused("rules", f"the row filter of {table} cannot be read: {error}") from None
    if unknown := unknown_word(text):
        known = f"{', '.join(FIELDS)} and claims.NAME"
        raise Refused("rules", f"the row filter of {table} has {unknown}; known are {known}")

    def parameters(found: re.Match[str]) -> str:
        if any(start < found.end() and found.start() < end for start, end in quoted):
            raise Refused(
                "rules", f"the row filter of {table} has {found[0]} in quotes or a comment; remove the quotes"
            )
        held = [one for one in caller.get(found[1], ()) if one]
        name = PREFIX + re.sub(r"\W", lambda other: f"_{ord(other[0]):x}_", found[1])
        if found[1] in LISTS:
            named = {f"{name}_{at}": one for at, one in enumerate(held)}
        else:
            named = {name: held[0]} if held else {}
        values.update(named)
        return ", ".join(f":{name}" for name in named or [MISSING])

    return CALLER.sub(parameters, text)


def reserved(names: Mapping[str, object]) -> str:
    """The first parameter of a statement that could be mistaken for one of these, or an empty string."""
    return next((name for name in names if name.startswith(PREFIX)), "")


def without_missing(condition: Any, dialect: str) -> str:
    """The text of a parsed condition in which each comparison with a missing value is unknown."""
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
    for placeholder in list(holder.find_all(exp.Placeholder)):
        placeholder.replace(exp.Var(this=f":{placeholder.name}"))
    return holder.this.sql(dialect=dialect, comments=False)
