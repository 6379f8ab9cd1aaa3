"""Full-text search over the messages, in any language: FTS5 in SQLite, a tsvector in PostgreSQL.

Both hold the terms of `aistack.language.analysis`, so that words are found as in documents. Hits contain all terms of
the query and come newest first; if there are none, those with any of the terms.
"""

from collections.abc import Sequence

from sqlalchemy import Text, bindparam, column, literal_column, select, table, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.access.grants import AccessStore
from aistack.agent.tables import SESSION, Message, Part, Session
from aistack.chassis.identity import Principal
from aistack.language.analysis import index_terms, query_terms
from aistack.stores.records import AnyRow, Records

TERMS_MAX = 20_000  # of one message
EXCERPT_CHARACTERS = 240
TERMS_SEARCHED_MAX = 32
LEXEME_BYTES_MAX = 1_000

_DELETE = "DELETE FROM agent_message_terms WHERE rowid IN (SELECT id FROM agent_messages WHERE session_id = :id)"


def index_form(term: str) -> str:
    """A term as one token of FTS5, whose tokenizer splits at everything but letters and digits."""
    return term if term.isascii() and term.isalnum() else "zz" + term.encode("utf-8", "replace").hex()


async def index_message(connection: AsyncConnection, message_id: int, body: str) -> None:
    """Replaces what the index holds of a message."""
    terms = list(dict.fromkeys(index_terms(body)))[:TERMS_MAX]
    if connection.dialect.name == "sqlite":
        await connection.execute(text("DELETE FROM agent_message_terms WHERE rowid = :id"), {"id": message_id})
        if terms:
            row = {"id": message_id, "terms": " ".join(map(index_form, terms))}
            await connection.execute(text("INSERT INTO agent_message_terms (rowid, terms) VALUES (:id, :terms)"), row)
        return
    kept = [one for one in terms if one and "\x00" not in one and len(one.encode()) <= LEXEME_BYTES_MAX]
    replaced = text(
        "INSERT INTO agent_message_terms (id, terms) VALUES (:id, array_to_tsvector(:terms)) "
        "ON CONFLICT (id) DO UPDATE SET terms = excluded.terms"
    ).bindparams(bindparam("terms", type_=ARRAY(Text)))
    await connection.execute(replaced, {"id": message_id, "terms": kept})


async def forget_session(connection: AsyncConnection, session_id: int) -> None:
    """Removes a session's messages from the index, before they are deleted."""
    if connection.dialect.name == "sqlite":  # PostgreSQL's table refers to the messages
        await connection.execute(text(_DELETE), {"id": session_id})


class HistorySearch:
    """Finds messages in the sessions that a principal may view."""

    def __init__(self, records: Records, access: AccessStore) -> None:
        self._records = records
        self._access = access

    async def find(self, words: str, who: Principal, limit: int) -> tuple[list[AnyRow], dict[int, str]]:
        """Hits with the columns of the session and the message; and an excerpt of each, by the message's id."""
        terms = query_terms(words)[:TERMS_SEARCHED_MAX]
        if not terms:
            return [], {}
        rows = await self._rows(terms, who, limit, every=True)
        if not rows and len(terms) > 1:
            rows = await self._rows(terms, who, limit, every=False)
        return rows, await self._excerpts(rows, words)

    async def _rows(self, terms: Sequence[str], who: Principal, limit: int, *, every: bool) -> list[AnyRow]:
        index = table("agent_message_terms", column("rowid"), column("id"), column("terms"))
        if self._records.embedded:
            key = index.c.rowid
            query = (" AND " if every else " OR ").join(f'"{index_form(one)}"' for one in terms)
            matches = literal_column("agent_message_terms").op("MATCH")(query)
        else:
            key = index.c.id
            query = (" & " if every else " | ").join(_quoted(one) for one in terms)
            matches = index.c.terms.op("@@")(text("CAST(:wanted AS tsquery)").bindparams(wanted=query))
        columns = select(
            Message.id, Message.public_id, Message.role, Message.created_at,
            Session.public_id.label("session"), Session.title,
        )  # fmt: skip
        joined = (
            columns.select_from(index).join(Message, Message.id == key).join(Session, Session.id == Message.session_id)
        )
        found = (
            joined.where(matches, self._access.visible(who, SESSION), Session.is_temporary.is_(False))
            .order_by(key.desc())
            .limit(limit)
        )
        async with self._records.read() as connection:
            return list((await connection.execute(found)).all())

    async def _excerpts(self, rows: Sequence[AnyRow], words: str) -> dict[int, str]:
        query = select(Part.message_id, Part.text).where(
            Part.message_id.in_([row.id for row in rows]), Part.kind.in_(("text", "attachment"))
        )
        bodies: dict[int, str] = {}
        async with self._records.read() as connection:
            for message_id, body in await connection.execute(query.order_by(Part.message_id, Part.position)):
                bodies[message_id] = f"{bodies[message_id]}\n{body}" if message_id in bodies else body
        sought = [one.lower() for one in (*words.split(), *query_terms(words))]
        return {key: _excerpt(body, sought) for key, body in bodies.items()}


def _quoted(term: str) -> str:
    """A term as a lexeme of a tsquery."""
    return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'"


def _excerpt(body: str, sought: Sequence[str]) -> str:
    lowered = body.lower()
    places = [at for one in sought if (at := lowered.find(one)) >= 0]
    start = max(0, min(places, default=0) - EXCERPT_CHARACTERS // 4)
    piece = " ".join(body[start : start + EXCERPT_CHARACTERS].split())
    return ("…" if start else "") + piece + ("…" if start + EXCERPT_CHARACTERS < len(body) else "")
