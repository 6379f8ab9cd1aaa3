"""Who calls and with what, for the matrix of all routes of the database services and all kinds of callers."""

from typing import Any

from aistack.access.levels import Level
from aistack.chassis.identity import Principal

SERVICES = ("ai", "connection", "query")
USERS = {name: f"user:{number:012x}" for number, name in enumerate(
    ("maker", "manage", "edit", "use", "view", "in the group", "stranger", "guest", "shared guest", "owner", "admin"), 1
)}  # fmt: skip
GROUP = "group:00000000000a"
GRANTS: dict[str, Level] = {
    USERS["manage"]: "manage", USERS["edit"]: "edit", USERS["use"]: "use", USERS["view"]: "view",
    USERS["shared guest"]: "use", GROUP: "use",
}  # fmt: skip


def callers(connection: str) -> dict[str, tuple[Principal, Level | None]]:
    """Each caller by name, with its level on the maker's connection."""
    maker = USERS["maker"]
    people: dict[str, tuple[Principal, Level | None]] = {
        name: (Principal(user, "user", name, subject=user), GRANTS.get(user)) for name, user in USERS.items()
    }
    people["maker"] = (people["maker"][0], "manage")
    people["in the group"] = (
        Principal(USERS["in the group"], "user", "grouped", subject=USERS["in the group"], groups=(GROUP,)), "use",
    )  # fmt: skip
    for name, role, level in (
        ("owner", "owner", "manage"), ("admin", "admin", None), ("guest", "guest", None), ("shared guest", "guest", "use"),
    ):  # fmt: skip
        people[name] = Principal(USERS[name], "user", name, subject=USERS[name], role=role), level
    return people | {
        "read-only key": (Principal("key:1", "key", "ro", subject=maker, read_only=True), "use"),
        "key for this": (Principal("key:2", "key", "t", subject=maker, things=(f"connection:{connection}",)), "manage"),
        "key for another": (Principal("key:3", "key", "t", subject=maker, things=("connection:" + "0" * 32,)), None),
        "key of the owner": (Principal("key:4", "key", "old", SERVICES), None),
        "token": (Principal("jwt:ada", "jwt", "ada", SERVICES), None),
        "service": (Principal("service:ai", "service", "ai"), None),
    }


def bodies(ids: dict[str, str]) -> dict[tuple[str, str], Any]:
    """A valid body for each operation that has one. `ids` are those of the things, by kind."""
    connection, sql = ids["connection"], "SELECT 1"
    statement = {"connection_id": connection, "sql": sql}
    grants = {"grants": [{"subject": subject, "level": level} for subject, level in GRANTS.items()]}
    sharing = {
        (method, f"{path}/{{thing}}/{rest}"): body
        for path in ("/api/connections", "/api/query/saved", "/api/ai/layers")
        for method, rest, body in (
            ("PUT", "access", grants), ("PUT", "owner", {"owner": USERS["maker"]}), ("POST", "access/requests", {}),
        )
    }  # fmt: skip
    saved = statement | {"name": "of the matrix"}
    return sharing | {
        ("POST", "/api/connections"): {"name": "new", "engine": "sqlite", "path": ids["path"], "test": False},
        ("POST", "/api/connections/rotate"): None,
        ("POST", "/api/connections/existing"): [connection],
        ("POST", "/api/connections/belongings"): {"subject": "user:ffffffffffff", "heir": "owner"},
        ("PATCH", "/api/connections/{connection_id}"): {"samples": True},
        ("POST", "/api/connections/{connection_id}/test"): None,
        ("POST", "/api/query/belongings"): {"subject": "user:ffffffffffff", "heir": "owner"},
        ("POST", "/api/query"): statement,
        ("POST", "/api/query/validate"): statement,
        ("POST", "/api/query/explain"): statement,
        ("POST", "/api/query/jobs"): statement,
        ("POST", "/api/query/saved"): saved,
        ("PUT", "/api/query/saved/{saved_id}"): saved | {"name": "shared"},
        ("POST", "/api/query/saved/{saved_id}/run"): {},
        ("POST", "/api/query/command"): {"connection_id": connection, "command": "GET x"},
        ("POST", "/api/ai/belongings"): {"subject": "user:ffffffffffff", "heir": "owner"},
        ("POST", "/api/ai/query"): {"connection_id": connection, "question": "How many orders are there?"},
        ("POST", "/api/ai/clarify"): {"question_id": ids["question"], "answer": "How many customers are there?"},
        ("POST", "/api/ai/validate"): statement,
        ("POST", "/api/ai/explain"): statement,
        ("POST", "/api/ai/feedback"): {"question_id": ids["question"], "right": True},
        ("PUT", "/api/ai/connections/{connection_id}/layer"): {"text": "{}"},
        ("POST", "/api/ai/connections/{connection_id}/layer/versions/{version}/restore"): None,
    }
