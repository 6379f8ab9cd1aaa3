"""Sessions: opaque random cookies, of which only digests are stored; published to the data plane as they change."""

import asyncio
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.chassis.errors import NotFound
from aistack.chassis.identity import Principal
from aistack.gateway.identity.authentication import KnownSession, digest_of
from aistack.gateway.sign_in.tables import Session
from aistack.gateway.tables import Account
from aistack.stores.records import AnyRow, Records

TOKEN_BYTES = 32
PER_ACCOUNT_MAX = 50
SEEN_SECONDS = 60.0  # how exactly the last use is recorded
ENDED_KEPT = timedelta(days=7)
NO_SESSION = "this session does not exist, or has ended"


@dataclass(frozen=True, slots=True)
class SessionRules:
    """How long a session lasts without requests, and altogether, in seconds."""

    idle_seconds: float
    absolute_seconds: float


@dataclass(frozen=True, slots=True)
class SignedIn:
    """How somebody signed in, and from where. `session` is the provider's own name of the session (`sid`)."""

    method: str
    address: str = ""
    agent: str = ""
    provider: str = ""
    subject: str = ""
    session: str = ""


class SessionStore:
    """The sessions in the records. `principal_of` says who an account is now, None for one that may not sign in.

    `publish` is called with all open sessions whenever one begins or ends, or an account changes.
    """

    def __init__(
        self,
        records: Records,
        rules: SessionRules,
        principal_of: Callable[[str], Principal | None],
        publish: Callable[[list[KnownSession]], None],
    ) -> None:
        self.rules = rules
        self._records = records
        self._principal_of = principal_of
        self._publish = publish
        self._seen: tuple[object, ...] = ()
        self._written: dict[str, datetime] = {}
        self._loading = asyncio.Lock()

    async def refresh(self) -> None:
        """Publishes the open sessions if some began or ended. Cheap enough to call every second."""
        async with self._records.read() as connection:
            state = select(func.count(Session.id), func.count(Session.ended_at), func.max(Session.last_seen_at))
            seen = tuple((await connection.execute(state)).one())
            if seen != self._seen:
                await self.load(connection)
                self._seen = seen

    async def load(self, connection: AsyncConnection) -> None:
        """Reads and publishes the open sessions."""
        async with self._loading:
            valid = Session.revision == Account.sign_in_revision, Account.status == "active"
            query = select(Session).join(Account, Account.id == Session.user_id).where(*valid, self._open())
            known = [self._known(row) for row in await connection.execute(query)]
            self._publish([one for one in known if one is not None])

    async def begin(self, user_id: str, how: SignedIn, since: datetime | None = None) -> str:
        """A new session; its cookie, 256 random bits. Raises NotFound for an account that is gone.

        `since` is when the person really signed in, for a session that only replaces another.
        """
        token, now = secrets.token_urlsafe(TOKEN_BYTES), datetime.now(UTC)
        since = since or now
        async with self._records.write() as connection:
            await connection.execute(delete(Session).where(Session.ended_at < now - ENDED_KEPT))
            past = now - timedelta(seconds=self.rules.idle_seconds)
            expired = (Session.ends_at <= now) | (Session.last_seen_at <= past)
            await connection.execute(update(Session).where(Session.ended_at.is_(None), expired).values(ended_at=now))
            revision = await connection.scalar(select(Account.sign_in_revision).where(Account.id == user_id))
            if revision is None:
                raise NotFound("this account does not exist any more")
            newest = select(Session.id).where(Session.user_id == user_id, Session.ended_at.is_(None))
            newest = newest.order_by(Session.created_at.desc()).limit(PER_ACCOUNT_MAX - 1)
            kept = [row.id for row in await connection.execute(newest)]
            surplus = update(Session).where(Session.user_id == user_id, Session.ended_at.is_(None))
            await connection.execute(surplus.where(Session.id.not_in(kept)).values(ended_at=now))
            await connection.execute(
                insert(Session).values(
                    id=secrets.token_hex(6),
                    digest=digest_of(token),
                    user_id=user_id,
                    revision=revision,
                    method=how.method[:32],
                    provider=how.provider,
                    provider_subject=how.subject,
                    provider_session=how.session,
                    address=how.address[:64],
                    agent=how.agent[:256],
                    created_at=since,
                    last_seen_at=now,
                    ends_at=since + timedelta(seconds=self.rules.absolute_seconds),
                )
            )
            await connection.execute(update(Account).where(Account.id == user_id).values(last_seen_at=now))
        await self.refresh()
        return token

    async def used(self, session_ids: Iterable[str]) -> None:
        """Records that sessions are in use, about once a minute for each."""
        now = datetime.now(UTC)
        stale = now - timedelta(seconds=min(SEEN_SECONDS, self.rules.idle_seconds / 4))
        ids = [one for one in session_ids if self._written.get(one, stale) <= stale]
        if not ids:
            return
        if len(self._written) > 100_000:
            self._written.clear()
        self._written |= dict.fromkeys(ids, now)
        async with self._records.write() as connection:
            seen = update(Session).where(Session.id.in_(ids), Session.ended_at.is_(None), Session.last_seen_at < stale)
            await connection.execute(seen.values(last_seen_at=now))
            people = Account.id.in_(select(Session.user_id).where(Session.id.in_(ids)))
            await connection.execute(update(Account).where(people).values(last_seen_at=now))
        await self.refresh()

    async def of(self, user_id: str) -> list[AnyRow]:
        """The open sessions of an account, the one used last first."""
        query = select(Session).where(Session.user_id == user_id, self._open()).order_by(Session.last_seen_at.desc())
        async with self._records.read() as connection:
            return list((await connection.execute(query)).all())

    async def get(self, session_id: str) -> AnyRow:
        """An open session. Raises NotFound."""
        async with self._records.read() as connection:
            query = select(Session).where(Session.id == session_id, self._open())
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound(NO_SESSION)
        return row

    async def every(self, limit: int) -> list[AnyRow]:
        """The open sessions of everyone, newest first."""
        query = select(Session).where(self._open()).order_by(Session.last_seen_at.desc()).limit(limit)
        async with self._records.read() as connection:
            return list((await connection.execute(query)).all())

    async def end(self, session_id: str, user_id: str | None = None) -> None:
        """Ends a session at once; with `user_id`, only one of that account. Raises NotFound."""
        wanted = Session.id == session_id
        if not await self._end(wanted if user_id is None else wanted & (Session.user_id == user_id)):
            raise NotFound(NO_SESSION)

    async def end_all(self, user_id: str, but: str = "") -> int:
        """Ends the sessions of an account, except the session `but`; how many."""
        return await self._end((Session.user_id == user_id) & (Session.id != but))

    async def end_of_provider(self, provider: str, subject: str, session: str) -> int:
        """Ends what a provider says has ended: one of its sessions, or all of a subject's; how many."""
        wanted = Session.provider == provider
        if session:
            wanted &= Session.provider_session == session
        if subject:
            wanted &= Session.provider_subject == subject
        return await self._end(wanted) if session or subject else 0

    async def _end(self, wanted: ColumnElement[bool]) -> int:
        async with self._records.write() as connection:
            ending = update(Session).where(wanted, Session.ended_at.is_(None)).values(ended_at=datetime.now(UTC))
            count = (await connection.execute(ending)).rowcount
        if count:
            await self.refresh()
        return count

    def _open(self) -> ColumnElement[bool]:
        now = datetime.now(UTC)
        used = Session.last_seen_at > now - timedelta(seconds=self.rules.idle_seconds)
        return Session.ended_at.is_(None) & (Session.ends_at > now) & used

    def _known(self, row: AnyRow) -> KnownSession | None:
        who = self._principal_of(row.user_id)
        if who is None:
            return None
        idle_at = row.last_seen_at.timestamp() + self.rules.idle_seconds
        return KnownSession(row.digest, row.id, who, min(row.ends_at.timestamp(), idle_at))
