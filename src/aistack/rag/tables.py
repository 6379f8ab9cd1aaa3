"""The tables of the rag service. A document is what has its name. It refers to a content, the text and chunks of its
bytes, which all documents of the collection with these bytes share. Only the chunks of live versions are used.
"""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from aistack.access.tables import access_grants
from aistack.chassis.identity import OWNER
from aistack.stores.records import BigId, UtcDateTime

HEAD = "0005"
VERSION_TABLE = "rag_version"
WAITING = ("queued", "running")  # states of job items that are not finished


class Base(DeclarativeBase):
    """The metadata of this service's tables, which its migrations use."""


GRANTS = access_grants(Base.metadata, "rag")


class Collection(Base):
    """A name is unique among what its owner creates. `namesake` is above 0 if a handed-over one has a name twice."""

    __tablename__ = "rag_collections"
    __table_args__ = (Index("rag_collections_owner", "owner", "name", "namesake", unique=True),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(64), default="", index=True)
    owner: Mapped[str] = mapped_column(String(256), default=OWNER)
    namesake: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Content(Base):
    """What bytes were parsed to. `content_key` is their SHA-256 and the suffix, which selects the format.

    `version` is the live version: the id of the job item that made it, 0 as long as no document refers to the content.
    """

    __tablename__ = "rag_contents"
    __table_args__ = (UniqueConstraint("collection_id", "content_key"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("rag_collections.id", ondelete="CASCADE"))
    content_key: Mapped[str] = mapped_column(String(512))
    title: Mapped[str] = mapped_column(String(512), default="")
    media_type: Mapped[str] = mapped_column(String(128), default="")
    pages: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=0)


class Document(Base):
    """`version` counts the versions, 0 until the first ingest succeeds. `sha256` belongs to the live version."""

    __tablename__ = "rag_documents"
    __table_args__ = (
        UniqueConstraint("collection_id", "name"),
        Index("rag_documents_sha256", "sha256"),
        Index("rag_documents_content", "content_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("rag_collections.id", ondelete="CASCADE"))
    content_id: Mapped[str | None] = mapped_column(ForeignKey("rag_contents.id"))
    name: Mapped[str] = mapped_column(String(512))
    title: Mapped[str] = mapped_column(String(512))
    sha256: Mapped[str] = mapped_column(String(64))
    suffix: Mapped[str] = mapped_column(String(16), default="")
    media_type: Mapped[str] = mapped_column(String(128), default="")
    bytes: Mapped[int] = mapped_column(BigInteger)
    pages: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = mapped_column(String(16))
    error: Mapped[str] = mapped_column(Text, default="")
    about: Mapped[dict[str, str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


document_table = Document.__table__


class ContentText(Base):
    __tablename__ = "rag_texts"

    content_id: Mapped[str] = mapped_column(ForeignKey("rag_contents.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class Chunk(Base):
    """`start` and `end` are character offsets into the content's text; `heading` is its path, outermost first."""

    __tablename__ = "rag_chunks"
    __table_args__ = (Index("rag_chunks_content", "content_id", "version"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("rag_collections.id", ondelete="CASCADE"), index=True)
    content_id: Mapped[str] = mapped_column(ForeignKey("rag_contents.id", ondelete="CASCADE"))
    version: Mapped[int]
    ordinal: Mapped[int]
    start: Mapped[int]
    end: Mapped[int]
    page: Mapped[int | None]
    heading: Mapped[list[str]] = mapped_column(JSON)
    text: Mapped[str] = mapped_column(Text)


class Job(Base):
    __tablename__ = "rag_jobs"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("rag_collections.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class JobItem(Base):
    """One file of a job. After `lease_until` any instance may take it over from `lease_owner`.

    With `reindex`, the content is parsed again although it is known.
    """

    __tablename__ = "rag_job_items"
    __table_args__ = (Index("rag_job_items_state", "state", "lease_until"), Index("rag_job_items_job", "job_id"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("rag_jobs.id", ondelete="CASCADE"))
    document_id: Mapped[str | None] = mapped_column(String(32), index=True)
    name: Mapped[str] = mapped_column(String(512))
    sha256: Mapped[str] = mapped_column(String(64))
    suffix: Mapped[str] = mapped_column(String(16), default="")
    reindex: Mapped[bool] = mapped_column(default=False)
    bytes: Mapped[int] = mapped_column(BigInteger)
    title: Mapped[str] = mapped_column(String(512), default="")
    about: Mapped[dict[str, str]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16))
    error: Mapped[str] = mapped_column(Text, default="")
    attempts: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str] = mapped_column(String(128), default="")
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class EmbedderUsed(Base):
    """The embedder that answers searches: at most one row. `digest` is part of the names of its vector spaces."""

    __tablename__ = "rag_embedder"

    digest: Mapped[str] = mapped_column(String(16), primary_key=True)
    place: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)


class Mention(Base):
    """An entity in a chunk, with its number of mentions. `key` is the folded name."""

    __tablename__ = "rag_mentions"
    __table_args__ = (Index("rag_mentions_key", "collection_id", "key"),)

    chunk_id: Mapped[int] = mapped_column(ForeignKey("rag_chunks.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    collection_id: Mapped[int] = mapped_column(BigId)
    name: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(16))
    count: Mapped[int]


class Link(Base):
    """Two entities in one sentence of a chunk, with the phrase between them if it states a relation.

    `source` and `target` are keys. `start` and `end` are the sentence's span in the document's text. For aliases,
    `phrase` is "also known as".
    """

    __tablename__ = "rag_links"
    __table_args__ = (Index("rag_links_source", "collection_id", "source"), Index("rag_links_chunk", "chunk_id"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    chunk_id: Mapped[int] = mapped_column(ForeignKey("rag_chunks.id", ondelete="CASCADE"))
    collection_id: Mapped[int] = mapped_column(BigId)
    source: Mapped[str] = mapped_column(String(128))
    target: Mapped[str] = mapped_column(String(128))
    phrase: Mapped[str] = mapped_column(String(128))
    start: Mapped[int]
    end: Mapped[int]


class GraphEdit(Base):
    """A manual correction, applied when the graph is built: merge `key` into `value`, rename it, or hide it."""

    __tablename__ = "rag_graph_edits"
    __table_args__ = (UniqueConstraint("collection_id", "key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("rag_collections.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(String(128))
    value: Mapped[str] = mapped_column(String(128), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Experience(Base):
    """Relevance feedback: a query, its result, and the chunks that were found with terms of the result."""

    __tablename__ = "rag_experiences"
    __table_args__ = (Index("rag_experiences_collection", "collection_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("rag_collections.id", ondelete="CASCADE"))
    query: Mapped[str] = mapped_column(Text)
    result: Mapped[str] = mapped_column(Text)
    chunks: Mapped[list[int]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Source(Base):
    """A watched folder or URL, checked every `every_seconds` and next at `due_at`, with the rights of its owner."""

    __tablename__ = "rag_sources"
    __table_args__ = (Index("rag_sources_due", "due_at"), Index("rag_sources_owner", "owner"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("rag_collections.id", ondelete="CASCADE"))
    owner: Mapped[str] = mapped_column(String(256), default=OWNER)
    kind: Mapped[str] = mapped_column(String(16))
    place: Mapped[str] = mapped_column(Text)
    every_seconds: Mapped[int]
    encoding: Mapped[str] = mapped_column(String(16), default="")
    etag: Mapped[str] = mapped_column(String(256), default="")
    last_modified: Mapped[str] = mapped_column(String(64), default="")
    error: Mapped[str] = mapped_column(Text, default="")
    looked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SourceFile(Base):
    """A file of a watched folder, as it was when it was last ingested."""

    __tablename__ = "rag_source_files"

    source_id: Mapped[int] = mapped_column(ForeignKey("rag_sources.id", ondelete="CASCADE"), primary_key=True)
    path: Mapped[str] = mapped_column(String(512), primary_key=True)
    changed_ns: Mapped[int] = mapped_column(BigInteger)
    bytes: Mapped[int] = mapped_column(BigInteger)
