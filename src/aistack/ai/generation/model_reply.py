"""Parses a model's reply: a statement, a clarifying question, or why it cannot answer."""

import re
from dataclasses import dataclass

from aistack.ai.wire import Kind

KINDS: dict[str, Kind] = {"time_range": "time_range", "metric": "metric", "dimension": "dimension", "filter": "filter"}
FENCED = re.compile(r"```(?:sql)?\s*(.+?)```", re.I | re.S)
STATEMENT = re.compile(r"^\s*(?:SELECT|WITH)\b.+", re.I | re.S | re.M)
ASK = re.compile(r"^\s*ASK:\s*(.+)$", re.M)
CANNOT = re.compile(r"^\s*CANNOT:\s*(.+)$", re.M)
OPTIONS_MAX = 6
REASON_CHARACTERS_MAX = 500


@dataclass(frozen=True, slots=True)
class ModelReply:
    """One of `sql`, `clarification` with its kind and options, or `reason`; all are empty if it is none of them."""

    sql: str = ""
    kind: Kind = "filter"
    clarification: str = ""
    options: tuple[str, ...] = ()
    reason: str = ""


def parse_reply(text: str) -> ModelReply:
    """Prose is never taken for a statement."""
    fenced = [one.strip() for one in FENCED.findall(text) if one.strip()]
    if fenced:
        return ModelReply(sql=fenced[-1].rstrip(";").strip())
    ask = ASK.search(text)
    if ask:
        kind, *rest = [part.strip() for part in ask.group(1).split(";")]
        if rest and rest[0]:
            options = tuple(one for one in rest[1:] if one)[:OPTIONS_MAX]
            return ModelReply(kind=KINDS.get(kind, "filter"), clarification=rest[0], options=options)
    cannot = CANNOT.search(text)
    if cannot:
        return ModelReply(reason=cannot.group(1).strip()[:REASON_CHARACTERS_MAX])
    statement = STATEMENT.search(text)
    return ModelReply(sql=statement.group().strip().rstrip(";").strip() if statement else "")
