"""How people sign in: what `[identity]` of `stack.toml` describes. Created only by `table`."""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

Unknown = Literal["refuse", "guest", "member"]

LOOPBACK = ("localhost", "127.0.0.1", "::1")
HOUR, DAY = 3600.0, 86_400.0


@dataclass(frozen=True, slots=True)
class ClaimRule:
    """Whoever has `value` in the claim `claim` gets a role, or is in a group. `*` is any value."""

    claim: str
    value: str
    role: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """An OpenID Connect provider. `title` is what its button shows, `unknown` what happens to people without account.

    `secret_variable` is where the secret comes from; only the gateway needs it. The groups named by `groups_claim` are
    taken over as they are called at the provider. With `link_by_email`, a person whose verified address is that of an
    account gets that account. `trust_email` is for providers that verify addresses without saying so.
    """

    name: str
    title: str
    issuer: str
    client_id: str
    client_secret: str = ""
    secret_variable: str = ""
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    unknown: Unknown = "refuse"
    rules: tuple[ClaimRule, ...] = ()
    groups_claim: str = ""
    link_by_email: bool = False
    trust_email: bool = False


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """A proxy that signs people in: `header` has the e-mail address, and is believed from `networks` only."""

    header: str = ""
    networks: tuple[str, ...] = ()
    unknown: Unknown = "refuse"


@dataclass(frozen=True, slots=True)
class IdentitySettings:
    """How people sign in. `public_url` is where they open the stack, empty when it is not known."""

    public_url: str = ""
    passwords: bool = True
    breached_passwords_file: str = ""
    session_idle_seconds: float = 12 * HOUR
    session_seconds: float = 14 * DAY
    providers: tuple[ProviderSettings, ...] = ()
    proxy: ProxySettings = field(default_factory=ProxySettings)

    @property
    def passkeys(self) -> bool:
        """Whether there can be passkeys: browsers bind them to the name of a host, and not to an address."""
        host = urlsplit(self.public_url).hostname or ""
        return bool(host) and ":" not in host and not host.replace(".", "").isdecimal()
