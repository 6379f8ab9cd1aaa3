"""Removal: what belongs to an account goes to an heir or is deleted, at every service, and then the account goes."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol

from aistack.access.exporting.exports import Export, Part, unframed
from aistack.chassis.errors import Conflict, InvalidInput, NotFound, Problem, Unavailable
from aistack.chassis.identity import OWNER, Principal
from aistack.gateway.identity.api_keys import ApiKeyStore
from aistack.gateway.people.accounts import check_authority
from aistack.gateway.people.directory import SERVICE_ACCOUNT, USER
from aistack.gateway.people.people import People


@dataclass(frozen=True, slots=True)
class Belongings:
    """What one service keeps for a subject, by kind. `problem` is why it cannot say."""

    service: str
    counts: dict[str, int]
    problem: str = ""


class Services:
    """The services that keep things of people.

    `running` gives the names of those that are registered; `enabled` ones have to be asked before an account goes.
    """

    def __init__(
        self,
        enabled: Iterable[str],
        running: Callable[[], Iterable[str]],
        call: Callable[..., Awaitable[Any]],
        stream: Callable[..., AsyncGenerator[bytes]],
        prefix_of: Callable[[str], str],
    ) -> None:
        self._enabled = tuple(enabled)
        self._running = running
        self._call = call
        self._stream = stream
        self._prefix_of = prefix_of

    @property
    def names(self) -> list[str]:
        return sorted({*self._enabled, *self._running()})

    async def belongings(self, subject: str) -> list[Belongings]:
        """What each service keeps for a subject."""
        return [await self._belongings(name, subject) for name in self.names]

    async def hand_over(self, subject: str, heir: str | None) -> None:
        """Gives what belongs to a subject to an heir, or deletes it. Raises Unavailable, naming the service."""
        for name in self.names:
            body = {"subject": subject, "heir": heir}
            try:
                await self._ask("POST", name, json=body)
            except Problem as problem:
                raise Unavailable(
                    f"{name} did not hand over what belongs to {subject}: {problem.detail}; the account is disabled, "
                    "remove it again when the service runs"
                ) from None

    async def contents(self, name: str, subject: str) -> AsyncGenerator[Part]:
        """What a service exports for a subject. Raises Problem, also when the answer is cut off."""
        if name not in self._running():
            raise Unavailable(f"{name} is not running")
        path = f"{self._prefix_of(name)}/belongings/contents"
        try:
            async with aclosing(self._stream("GET", path, params={"subject": subject})) as chunks:
                async for part in unframed(chunks):
                    yield part
        except Problem as problem:
            if problem.status != NotFound.status:
                raise
            kept = await self._belongings(name, subject)
            if kept.counts or kept.problem:
                raise Unavailable(f"{name} cannot export what it keeps; update it") from None

    async def _belongings(self, name: str, subject: str) -> Belongings:
        try:
            answer: dict[str, Any] = await self._ask("GET", name, params={"subject": subject}) or {}
        except Problem as problem:
            return Belongings(name, {}, problem.detail)
        return Belongings(name, answer.get("counts", {}))

    async def _ask(self, method: str, name: str, **parts: Any) -> Any:
        """Raises Problem. A service without the route keeps nothing of people."""
        if name not in self._running():
            raise Unavailable(f"{name} is not running")
        try:
            return await self._call(method, f"{self._prefix_of(name)}/belongings", **parts)
        except Problem as problem:
            if problem.status == NotFound.status:
                return None
            raise


class OwnThings(Protocol):
    """What the gateway itself keeps of people: entries of the model table, and responses of models."""

    @property
    def exports(self) -> dict[str, Export]: ...

    async def names_of(self, subject: str) -> list[str]: ...

    async def hand_over(self, subject: str, heir: str | None) -> None: ...


class Removal:
    """Removes accounts. `by` is who does it."""

    def __init__(self, people: People, keys: ApiKeyStore, services: Services, models: OwnThings) -> None:
        self._people = people
        self._keys = keys
        self._services = services
        self._models = models

    async def preview(self, account_id: str) -> list[Belongings]:
        """What belongs to an account, here and at the services. Raises NotFound."""
        row = await self._people.accounts.get(account_id)
        subject = f"{row.kind}:{row.id}"
        keys = sum(key.revoked_at is None for key in await self._keys.all_keys(subject))
        models = await self._models.names_of(subject)
        here = Belongings("gateway", {"keys": keys, "models": len(models)})
        return [here, *await self._services.belongings(subject)]

    async def remove(self, account_id: str, heir: str | None, by: Principal) -> str:
        """Removes an account; what belongs to it goes to the subject `heir`, or is deleted. Its name.

        The account is disabled first, so that nothing is added meanwhile. Raises NotFound, Forbidden, InvalidInput,
        Conflict for the last owner, and Unavailable when a service cannot be asked: remove the account again then.
        """
        row = await self._people.accounts.get(account_id)
        check_authority(by, row.role)
        subject = f"{row.kind}:{row.id}"
        if heir is not None:
            self._check_heir(heir, subject)
        unavailable = [one.service for one in await self._services.belongings(subject) if one.problem]
        if unavailable:
            raise Unavailable(
                f"{', '.join(unavailable)} cannot say what belongs to {row.name}; start what is missing and try again"
            )
        await self._people.accounts.retire(account_id, heir, by)
        await self._models.hand_over(subject, heir)
        await self._services.hand_over(subject, heir)
        await self._people.accounts.remove(account_id, by)
        return row.name

    def _check_heir(self, heir: str, subject: str) -> None:
        kind = heir.partition(":")[0]
        if heir != OWNER and kind not in (USER, SERVICE_ACCOUNT):
            raise InvalidInput(f"{heir!r} cannot inherit; name user:ID, service-account:ID or owner")
        if heir == subject:
            raise InvalidInput("an account cannot be its own heir")
        inherits = self._people.principal_of(heir)
        if inherits is None:
            raise NotFound(f"there is no active account {heir}; GET /gateway/users lists all users")
        if inherits.role == "guest":
            raise Conflict("a guest owns nothing; name a member as the heir")
