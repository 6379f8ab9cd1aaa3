"""Who may call which route of the gateway itself: every operation of its OpenAPI document, called by everyone.

Which callers a scope admits is written down here, apart from the code that decides it.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from aistack.gateway.identity.authorization import Scope, scope_of
from aistack.stack.secrets import service_key
from harness.services.gateway import Gateway
from tests.integration.people.conftest import Administrator

ADMINISTRATORS = {"key of the stack", "owner", "admin"}
THEMSELVES = {*ADMINISTRATORS, "member", "guest", "service account"}
ADMITTED = {
    Scope.READ: {*ADMINISTRATORS, "service", "reader"},
    Scope.REGISTER: {*ADMINISTRATORS, "service", "registrar"},
    Scope.ADMINISTER: ADMINISTRATORS,
    Scope.SELF: THEMSELVES,
    Scope.SERVICE: {"service"},
}
NOT_FOR_GUESTS = {"/gateway/directory"}
REFUSALS = ("this needs ", "only administrators ", "guests cannot ", "this key can access ")
FILLED = {"user_id": "0" * 12, "group_id": "0" * 12, "key_id": "0" * 12, "subject": "user:" + "0" * 12}
FILLED["member"] = FILLED["subject"]


async def callers(gateway: Gateway, admin: Administrator) -> dict[str, str]:
    """A key of each kind of caller."""
    keys = {"key of the stack": gateway.admin, "nobody": "", "wrong": "ask_" + "x" * 40}
    for role in ("owner", "admin", "member", "guest"):
        keys[role] = (await admin.key_for((await admin.user(role, role))["subject"]))["key"]
    account = await admin.done("POST", "/users", json={"name": "robot", "kind": "service-account", "role": "member"})
    keys["service account"] = (await admin.key_for(account["subject"]))["key"]
    owner = (await admin.user("narrowed", "owner"))["subject"]
    narrowed: dict[str, dict[str, Any]] = {
        "reader": {"services": ["gateway"]}, "registrar": {"services": ["gateway:register"]},
        "another service's": {"services": ["rag"]}, "reading": {"read_only": True}, "for nothing": {"things": []},
        "for a model": {"things": ["model:small"]},
    }  # fmt: skip
    for name, rules in narrowed.items():
        keys[name] = (await admin.key_for(owner, **rules))["key"]
    gone = await admin.user("gone", "owner")
    keys["disabled"] = (await admin.key_for(gone["subject"]))["key"]
    await admin.done("PATCH", f"/users/{gone['id']}", json={"status": "disabled"})
    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    keys["expired"] = (await admin.key_for(owner, expires_at=soon))["key"]
    keys["service"] = service_key((gateway.folder / "secrets" / "stack.key").read_text().strip(), "rag")
    return keys


async def test_each_caller_may_do_exactly_what_the_scope_of_a_route_admits(gateway: Gateway, admin: Administrator):
    keys = await callers(gateway, admin)
    document = (await admin.ask("GET", "/openapi.json")).json()
    wrong: list[object] = []
    checks = 0
    while (await gateway.client.get("/gateway/me", headers=bearer(keys["expired"]))).status_code != 401:
        pass
    for path, operations in document["paths"].items():
        scope = scope_of(path)
        assert scope is not None, path
        if scope is Scope.PUBLIC or path == "/registry/watch":  # the last does not end
            continue
        for method in operations:
            filled = re.sub(r"\{(\w+)\}", lambda found: FILLED.get(found[1], "none"), path)
            for name, key in keys.items():
                is_admitted = name in ADMITTED[scope] and not (name == "guest" and path in NOT_FOR_GUESTS)
                answer = await gateway.client.request(method, filled, headers=bearer(key), json={"no": "body"})
                checks += 1
                if allowed(answer.status_code, answer.text) != is_admitted or answer.status_code >= 500:
                    wrong.append((method, path, name, is_admitted, answer.status_code, answer.text[:150]))
    assert not wrong, "\n".join(map(str, wrong))
    assert checks > 600


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}" if key else ""}


def allowed(status: int, text: str) -> bool:
    """Whether the call got as far as the route: what it says about the thing or the body is no refusal."""
    return status not in (401, 429) and not (status == 403 and any(f'"{one}' in text for one in REFUSALS))
