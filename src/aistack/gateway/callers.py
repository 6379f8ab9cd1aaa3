"""Who is at the other end of one client connection, remembered from request to request."""

from aistack.gateway.identity import Caller, Identity
from aistack.gateway.limits import RateRule, bucket_of


class RememberedCaller:
    """The caller of a connection's last request, and the bucket that its requests were taken from."""

    __slots__ = ("_identity", "bucket", "bucket_rule", "caller", "credential", "version")

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self.credential = b""
        self.caller: Caller | None = None
        self.version = 0
        self.bucket = 0
        self.bucket_rule: RateRule | None = None

    def look_up(self, credential: bytes, now: float) -> Caller:
        """Who shows this credential. Raises Unknown."""
        self.caller = self.bucket_rule = None
        caller = self._identity.caller_of(credential, now)
        self.caller, self.credential, self.version = caller, credential, self._identity.version
        return caller

    def bucket_under(self, rule: RateRule, caller: Caller) -> int:
        """The caller's bucket under a rule, remembered as `bucket` for `bucket_rule`."""
        self.bucket_rule = rule
        self.bucket = bucket_of(rule.name, caller.who.id)
        return self.bucket
