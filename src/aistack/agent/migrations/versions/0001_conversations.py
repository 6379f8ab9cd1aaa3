"""The first tables: sessions with their grants, messages, parts, runs, events, approvals, and the search index."""

import sqlalchemy as sa
from alembic import op

from aistack.stores.records import BigId, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "agent_access_grants",
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("thing", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(256), nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("requested", sa.String(8), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("kind", "thing", "subject"),
    )
    op.create_index("agent_access_grants_subject", "agent_access_grants", ["subject", "kind"])
    op.create_table(
        "agent_sessions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("public_id", sa.String(12), nullable=False),
        sa.Column("owner", sa.String(256), nullable=False),
        sa.Column("title", sa.String(256), nullable=False),
        sa.Column("folder", sa.String(128), nullable=False),
        sa.Column("is_pinned", sa.Boolean(), nullable=False),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.Column("model", sa.String(256), nullable=False),
        sa.Column("instructions", sa.Text(), nullable=False),
        sa.Column("leaf_id", BigId),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("uses_memory", sa.Boolean(), nullable=False),
        sa.Column("is_temporary", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id"),
    )
    op.create_index("agent_sessions_owner", "agent_sessions", ["owner", "changed_at"])
    op.create_index("ix_agent_sessions_changed_at", "agent_sessions", ["changed_at"])
    op.create_table(
        "agent_messages",
        sa.Column("id", BigId, nullable=False),
        sa.Column("public_id", sa.String(16), nullable=False),
        _session(),
        sa.Column("parent_id", BigId),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("model", sa.String(256), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("run_id", sa.String(16), nullable=False),
        sa.Column("usage", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id"),
    )
    op.create_index("agent_messages_parent", "agent_messages", ["session_id", "parent_id"])
    op.create_table(
        "agent_parts",
        sa.Column("id", BigId, nullable=False),
        _message(),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id", "position"),
    )
    _create_runs()
    _create_memory()
    _create_search_index()


def _create_runs() -> None:
    op.create_table(
        "agent_runs",
        sa.Column("id", sa.String(16), nullable=False),
        _session(),
        _message(),
        sa.Column("busy_session_id", BigId),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("holder", sa.String(256), nullable=False),
        sa.Column("lease_until", UtcDateTime),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("stop_requested", sa.Boolean(), nullable=False),
        sa.Column("who", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("usage", sa.JSON(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("busy_session_id"),
    )
    op.create_index("agent_runs_state", "agent_runs", ["state", "lease_until"])
    for column in ("session_id", "message_id", "ended_at"):
        op.create_index(f"ix_agent_runs_{column}", "agent_runs", [column])
    op.create_table(
        "agent_events",
        sa.Column("run_id", sa.String(16), sa.ForeignKey("agent_runs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "number"),
    )
    op.create_table(
        "agent_approvals",
        sa.Column("id", sa.String(16), nullable=False),
        _session(),
        _message(),
        sa.Column("run_id", sa.String(16), nullable=False),
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("tool", sa.String(128), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("decided_by", sa.String(256), nullable=False),
        sa.Column("decided_at", UtcDateTime),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id", "call_id"),
    )
    op.create_index("ix_agent_approvals_session_id", "agent_approvals", ["session_id"])
    op.create_table(
        "agent_allowances",
        _session(),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("session_id", "digest"),
    )


def _create_memory() -> None:
    op.create_table(
        "agent_summaries",
        _message(),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_untrusted", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("message_id"),
    )
    op.create_table(
        "agent_facts",
        sa.Column("id", BigId, nullable=False),
        sa.Column("public_id", sa.String(16), nullable=False),
        sa.Column("owner", sa.String(256), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("session_id", sa.String(12), nullable=False),
        sa.Column("vector", sa.LargeBinary()),
        sa.Column("embedder", sa.String(256), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id"),
    )
    op.create_index("agent_facts_owner", "agent_facts", ["owner", "changed_at"])


def _create_search_index() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE agent_message_terms "
            "USING fts5(terms, tokenize='unicode61 remove_diacritics 0', detail=none)"
        )
        return
    op.execute(
        "CREATE TABLE agent_message_terms (id BIGINT PRIMARY KEY REFERENCES agent_messages (id) ON DELETE CASCADE, "
        "terms TSVECTOR NOT NULL)"
    )
    op.execute("CREATE INDEX agent_message_terms_terms ON agent_message_terms USING gin (terms)")


def _session() -> sa.Column[int]:
    return sa.Column("session_id", BigId, sa.ForeignKey("agent_sessions.id", ondelete="CASCADE"), nullable=False)


def _message() -> sa.Column[int]:
    return sa.Column("message_id", BigId, sa.ForeignKey("agent_messages.id", ondelete="CASCADE"), nullable=False)
