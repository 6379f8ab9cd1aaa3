"""Who is at the other end of one client connection, remembered from request to request."""

from aistack.gateway.identity import Caller, Identity
from aistack.gateway.limits import RateRule, bucket_of


class RememberedCaller:
    """The caller of a connection's last request, and the bucket that its requests were taken from."""

    __slots__ = ("_bucket", "_bucket_rule", "_identity", "caller", "credential", "version")

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self.credential = b""
        self.caller: Caller | None = None
        self.version = 0
        self._bucket = 0
        self._bucket_rule: RateRule | None = None

    def look_up(self, credential: bytes, now: float) -> Caller:
        """Who shows this credential. Raises Unknown."""
        self.caller = self._bucket_rule = None
        caller = self._identity.caller_of(credential, now)
        self.caller, self.credential, self.version = caller, credential, self._identity.version
        return caller

    def bucket(self, rule: RateRule) -> int:
        """The remembered caller's bucket under a rule."""
        if rule is not self._bucket_rule and self.caller is not None:
            self._bucket_rule = rule
            self._bucket = bucket_of(rule.name, self.caller.who.id)
        return self._bucket
