"""Who is at the other end of one client connection, remembered from request to request."""

from aistack.gateway.identity import Caller, Identity
from aistack.gateway.limits import RateRule, bucket_of


class RememberedCaller:
    """The caller of a connection's last request, and the bucket that its requests were taken from."""

    __slots__ = ("_bucket", "_bucket_caller", "_bucket_rule", "_caller", "_credential", "_identity", "_version")

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._credential = b""
        self._caller: Caller | None = None
        self._version = 0
        self._bucket = 0
        self._bucket_rule: RateRule | None = None
        self._bucket_caller: Caller | None = None

    def caller_of(self, credential: bytes, now: float) -> Caller | None:
        """Who shows this credential, None for nobody; looked up anew when anything changed. Raises Unknown."""
        if not credential:
            return None
        identity, caller = self._identity, self._caller
        if (
            caller is None
            or credential != self._credential
            or self._version != identity.version
            or caller.expires_at <= now
        ):
            self._caller = None
            caller = self._caller = identity.caller_of(credential, now)
            self._credential, self._version = credential, identity.version
        return caller

    def bucket(self, rule: RateRule, caller: Caller) -> int:
        """The bucket of a caller under a rule."""
        if rule is not self._bucket_rule or caller is not self._bucket_caller:
            self._bucket_rule, self._bucket_caller = rule, caller
            self._bucket = bucket_of(rule.name, caller.who.id)
        return self._bucket
