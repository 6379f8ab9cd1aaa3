"""The facts of people: added, found, changed and deleted, always those of one owner.

A fact is found by its words, and by its meaning where an embedder is set; the two orders are joined by reciprocal rank
fusion (Cormack et al., 2009). A person has few enough facts to compare all of them, so that there is no index to keep.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import log

from sqlalchemy import delete, insert, select, update

from aistack.agent.tables import FACT_THINGS, Fact
from aistack.chassis.errors import NotFound
from aistack.chassis.telemetry.logs import get_log
from aistack.language.analysis import index_terms, query_terms
from aistack.llm.embeddings import Embedder, EmbedderFailed, Kind
from aistack.stores.records import AnyRow, Records

EMBED_SECONDS_MAX = 5.0
RANK_CONSTANT = 60  # of reciprocal rank fusion
COSINE_MIN = 0.35


class FactStore:
    def __init__(self, records: Records, embedder: Embedder | None = None) -> None:
        self._records = records
        self._embedder = embedder

    async def add(self, owner: str, text: str, session_id: str, source: str) -> AnyRow:
        """The new fact, or the one with the same text. Raises Conflict if the owner has too many."""
        now, vector = datetime.now(UTC), await self._vector(text, "passage")
        same = select(Fact).where(Fact.owner == owner, Fact.text == text)
        async with self._records.write() as connection:
            if (existing := (await connection.execute(same)).first()) is not None:
                return existing
            await FACT_THINGS.check_quota(connection, owner)
            row = {
                "public_id": secrets.token_hex(8), "owner": owner, "text": text, "source": source,
                "session_id": session_id, "vector": vector, "embedder": self._name if vector else "",
                "created_at": now, "changed_at": now,
            }  # fmt: skip
            return (await connection.execute(insert(Fact).values(**row).returning(Fact))).one()

    async def of(self, owner: str) -> Sequence[AnyRow]:
        """All facts of a person, newest first."""
        query = select(Fact).where(Fact.owner == owner).order_by(Fact.changed_at.desc(), Fact.id.desc())
        async with self._records.read() as connection:
            return (await connection.execute(query)).all()

    async def find(self, owner: str, query: str, limit: int) -> list[AnyRow]:
        """The facts that match a query, best first; of equal ones the newest."""
        facts = await self.of(owner)
        if not facts:
            return []
        orders = [_by_words(facts, query)]
        if (vector := await self._vector(query, "query")) is not None:
            orders.append(_by_meaning([one for one in facts if one.embedder == self._name], vector))
        scores = dict[str, float]()
        for order in orders:
            for rank, one in enumerate(order):
                scores[one.public_id] = scores.get(one.public_id, 0.0) + 1 / (RANK_CONSTANT + rank)
        found = sorted((one for one in facts if one.public_id in scores), key=lambda one: -scores[one.public_id])
        return found[:limit]

    async def change(self, owner: str, public_id: str, text: str) -> AnyRow:
        """Raises NotFound."""
        vector = await self._vector(text, "passage")
        values = {
            "text": text, "source": "user", "vector": vector, "embedder": self._name if vector else "",
            "changed_at": datetime.now(UTC),
        }  # fmt: skip
        own = update(Fact).where(Fact.public_id == public_id, Fact.owner == owner).values(**values).returning(Fact)
        async with self._records.write() as connection:
            row = (await connection.execute(own)).one_or_none()
        if row is None:
            raise NotFound(f"you have no fact {public_id[:40]}; GET /v1/agent/memory lists them")
        return row

    async def remove(self, owner: str, public_ids: Sequence[str]) -> int:
        """How many of them there were."""
        async with self._records.write() as connection:
            own = delete(Fact).where(Fact.owner == owner, Fact.public_id.in_(public_ids))
            return (await connection.execute(own)).rowcount

    async def remove_any(self, public_id: str) -> None:
        """Regardless of its owner; one that is gone is no error."""
        async with self._records.write() as connection:
            await connection.execute(delete(Fact).where(Fact.public_id == public_id))

    async def remove_all(self, owner: str) -> int:
        async with self._records.write() as connection:
            return (await connection.execute(delete(Fact).where(Fact.owner == owner))).rowcount

    async def remove_old(self, days: int) -> None:
        """Deletes the facts that were last changed longer ago; keeps all for 0."""
        if not days:
            return
        async with self._records.write() as connection:
            limit = datetime.now(UTC) - timedelta(days=days)
            await connection.execute(delete(Fact).where(Fact.changed_at < limit))

    @property
    def _name(self) -> str:
        return self._embedder.name if self._embedder is not None else ""

    async def _vector(self, text: str, kind: Kind) -> bytes | None:
        """As little-endian float32; None without an embedder, or if it fails: words still find the fact."""
        if self._embedder is None:
            return None
        try:
            async with asyncio.timeout(EMBED_SECONDS_MAX):
                return (await self._embedder.embed([text], kind))[0].astype("<f4").tobytes()
        except (EmbedderFailed, TimeoutError) as error:
            get_log("agent").warning("memory.embedder_failed", error=str(error) or "it took too long")
            return None


def _by_words(facts: Sequence[AnyRow], query: str) -> list[AnyRow]:
    """Those that share a term with the query; a term counts the more, the fewer facts have it."""
    wanted = set(query_terms(query))
    shared = [(one, wanted & set(index_terms(one.text))) for one in facts]
    frequency = Counter(term for _, terms in shared for term in terms)
    weight = {term: log(1 + len(facts) / count) for term, count in frequency.items()}
    scored = [(sum(weight[term] for term in terms), one) for one, terms in shared if terms]
    return [one for _, one in sorted(scored, key=lambda pair: -pair[0])]


def _by_meaning(facts: Sequence[AnyRow], vector: bytes) -> list[AnyRow]:
    import numpy as np

    wanted = np.frombuffer(vector, "<f4")
    same = [one for one in facts if one.vector and len(one.vector) == len(vector)]
    if not same:
        return []
    cosines = np.stack([np.frombuffer(one.vector, "<f4") for one in same]) @ wanted
    return [same[at] for at in np.argsort(-cosines, kind="stable") if cosines[at] >= COSINE_MIN]
