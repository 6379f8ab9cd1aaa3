"""Messages of a database about statements on tables with rules: their kind, without any value.

A server's own message is kept if it is about the statement's text, and everything that it quotes is in that text.
"""

import re

from aistack.databases.session import DatabaseFailed

QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'|`([^`]*)`|[«“](.*?)[»”]")
ABOUT_TEXT = re.compile(
    r"does not exist|no such (?:column|table|function)|syntax error|ambiguous|must appear in the GROUP BY|not found in|"
    r"Unknown column|doesn't exist|aggregate functions are not allowed|misuse of|operator does not exist|Binder Error|"
    r"Parser Error|Catalog Error|missing FROM-clause|wrong number of arguments|could not determine data type",
    re.I,
)
MISSING = re.compile(r"does not exist|no such (?:column|table)|not found in|Unknown column|doesn't exist", re.I)
KINDS = (
    (r"divi(?:sion|de)[a-z ]* by (?:zero|0)", "a division by zero"),
    (r"more than one row|returns more than 1 row|single-row subquery", "a subquery returned more than one row"),
    (r"out of range|overflow|too large|too big|too long|exceeds", "a value is out of range"),
    (
        r"invalid input syntax|conversion|could not convert|cast|malformed|invalid|incorrect",
        "a value cannot be converted",
    ),
)
OTHERWISE = "the statement failed"
ADVICE = "rules apply to you on its tables, so the database's own message is not shown"


def names_nothing(error: DatabaseFailed) -> bool:
    """Whether a statement failed at a table or column that may have been dropped or renamed."""
    return error.kind == "failed" and MISSING.search(str(error)) is not None


def without_values(error: DatabaseFailed, sql: str) -> DatabaseFailed:
    """The same failure with a message that shows nothing of the data. `sql` is the caller's own statement."""
    if error.kind not in ("failed", "denied"):
        return error
    message = str(error)
    if ABOUT_TEXT.search(message):
        first = message.split("\n")[0]
        written = sql.casefold()
        if all(any(part) and max(part, key=len).casefold() in written for part in QUOTED.findall(first)):
            return DatabaseFailed(error.kind, first)
    what = next((kind for pattern, kind in KINDS if re.search(pattern, message, re.I)), OTHERWISE)
    return DatabaseFailed(error.kind, f"{what}; {ADVICE}")
