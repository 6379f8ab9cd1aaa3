"""`[identity]` of `stack.toml`: what is accepted, and the errors that name the key."""

from pathlib import Path

import pytest

from aistack.stack.description import Stack
from aistack.stack.errors import StackError
from aistack.stack.loader import load_stack

PROVIDER = """
[identity]
public_url = "https://AI.example.com/"
[[identity.providers]]
name = "keycloak"
issuer = "https://login.example.com/realms/main"
client_id = "stack"
"""


def load(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> Stack:
    (tmp_path / "stack.toml").write_text(text)
    return load_stack(tmp_path / "stack.toml", environ or {})


def test_without_the_table_people_have_passwords(tmp_path: Path):
    wanted = load(tmp_path, "").sign_in
    assert wanted.passwords
    assert not wanted.providers
    assert not wanted.proxy.header


def test_a_provider_with_rules(tmp_path: Path):
    text = PROVIDER + (
        'client_secret = "$SECRET"\nunknown = "guest"\ngroups_claim = "groups"\nlink_by_email = true\n'
        'rules = [{ claim = "roles", value = "a", role = "admin" }, '
        '{ claim = "roles", value = "*", group = "Staff" }]\n'
    )
    wanted = load(tmp_path, text, {"SECRET": "s3cret"}).sign_in
    (provider,) = wanted.providers
    assert wanted.public_url == "https://ai.example.com"
    assert (provider.title, provider.client_secret, provider.unknown) == ("Keycloak", "s3cret", "guest")
    assert [(rule.role, rule.group) for rule in provider.rules] == [("admin", ""), ("", "Staff")]
    (without,) = load(tmp_path, text).sign_in.providers  # as every service but the gateway reads it
    assert (without.secret_variable, without.client_secret) == ("SECRET", "")


def test_variables_take_precedence(tmp_path: Path):
    environ = {"AISTACK_PUBLIC_URL": "https://b.example", "AISTACK_PASSWORDS": "off", "AISTACK_SESSION_SECONDS": "3600"}
    wanted = load(tmp_path, "[identity]\npublic_url = 'https://a.example'\n", environ).sign_in
    assert (wanted.public_url, wanted.passwords, wanted.session_seconds) == ("https://b.example", False, 3600.0)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[identity]\nspelled = 1\n", "identity.spelled"),
        ("[identity]\npublic_url = 'http://ai.example.com'\n", "identity.public_url"),
        ("[identity]\npublic_url = 'https://ai.example.com/path'\n", "identity.public_url"),
        ("[identity]\npublic_url = 'https://u:p@ai.example.com'\n", "identity.public_url"),
        ("[identity]\npublic_url = 1\n", "identity.public_url"),
        ("[identity]\npasswords = 'perhaps'\n", "identity.passwords"),
        ("[identity]\nsession_seconds = 1\n", "identity.session_seconds"),
        ("[identity]\nsession_idle_seconds = true\n", "identity.session_idle_seconds"),
        ("[identity]\nbreached_passwords_file = 1\n", "identity.breached_passwords_file"),
        ("[identity]\nproviders = 1\n", "identity.providers"),
        (PROVIDER.replace("[identity]\npublic_url", "[identity]\n# "), "identity.public_url"),
        (PROVIDER + "spelled = 1\n", "identity.providers.0.spelled"),
        (PROVIDER.replace("keycloak", "Key Cloak"), "identity.providers.0.name"),
        (PROVIDER.replace("https://login", "http://login"), "identity.providers.0.issuer"),
        (PROVIDER.replace("realms/main", "realms?x=1"), "identity.providers.0.issuer"),
        (PROVIDER + "client_secret = 'written here'\n", "identity.providers.0.client_secret"),
        (PROVIDER + "scopes = ['email']\n", "identity.providers.0.scopes"),
        (PROVIDER + "unknown = 'owner'\n", "identity.providers.0.unknown"),
        (PROVIDER + "rules = [{ claim = 'a', value = 'b' }]\n", "identity.providers.0.rules"),
        (PROVIDER + "rules = [{ claim = 'a', value = 'b', role = 'king' }]\n", "identity.providers.0.rules"),
        (
            PROVIDER + "rules = [{ claim = 'a', value = 'b', role = 'admin', group = 'c' }]\n",
            "identity.providers.0.rules",
        ),
        (PROVIDER + PROVIDER.partition("[[")[1] + PROVIDER.partition("[[")[2], "identity.providers"),
        ("[identity.proxy]\nheader = 'Remote-User'\nnetworks = ['everywhere']\n", "identity.proxy.networks"),
        ("[identity.proxy]\nheader = 'Remote User'\nnetworks = ['10.0.0.1']\n", "identity.proxy.header"),
        ("[identity.proxy]\nheader = 'Remote-User'\n", "identity.proxy.networks"),
    ],
)
def test_an_error_names_the_key(tmp_path: Path, text: str, named: str):
    with pytest.raises(StackError) as refused:
        load(tmp_path, text)
    assert f": {named} " in str(refused.value)
    assert "written here" not in str(refused.value)
