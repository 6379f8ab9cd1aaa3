"""The settings of `[identity]` in effect, and their sources, for `aistack config`."""

from collections.abc import Iterator

from aistack.chassis.settings import MASK, Origin
from aistack.deploy.variables import STACK
from aistack.stack.description import Stack
from aistack.stack.environment import source_of
from aistack.stack.identity.settings import IdentitySettings
from aistack.stack.identity.table import VARIABLES


def identity_origins(stack: Stack) -> list[Origin]:
    """How people sign in. Providers are in the stack file only; the values of their secrets are masked."""
    about = {one.name: one.about for one in STACK}
    found: list[Origin] = []
    for key, variable in VARIABLES.items():
        value, source = getattr(stack.sign_in, key), "default"
        if stack.environment.get(variable, "").strip():
            source = source_of(stack.environment, variable)
        elif value != getattr(IdentitySettings(), key):
            source = str(stack.source)
        found.append(Origin(key, value, source, variable, about[variable]))
    return [*found, *_from_the_file(stack)]


def _from_the_file(stack: Stack) -> Iterator[Origin]:
    file, proxy = str(stack.source), stack.sign_in.proxy
    for one in stack.sign_in.providers:
        prefix = f"providers.{one.name}"
        yield Origin(f"{prefix}.issuer", one.issuer, file, "", "the OpenID Connect provider")
        yield Origin(f"{prefix}.client_id", one.client_id, file, "", "the stack's name at the provider")
        if one.secret_variable:
            source = source_of(stack.environment, one.secret_variable) if one.client_secret else "not set"
            value = MASK if one.client_secret else ""
            yield Origin(f"{prefix}.client_secret", value, source, one.secret_variable, "the secret at the provider")
        yield Origin(f"{prefix}.unknown", one.unknown, file, "", "what people without an account become")
    if proxy.header:
        yield Origin("proxy.header", proxy.header, file, "", "the header with the e-mail address")
        yield Origin("proxy.networks", ", ".join(proxy.networks), file, "", "where that header is believed from")
