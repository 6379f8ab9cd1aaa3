"""Settings of the rag service."""

from typing import ClassVar, Self

from pydantic import model_validator

from aistack.chassis import aliases
from aistack.chassis.settings import ServiceSettings, setting

CHAT_SHARE = 5 / 6


class RagSettings(ServiceSettings):
    """`live` settings apply on reload, without a restart."""

    live: ClassVar[set[str]] = {
        "embedder", "embedder_model", "embedder_key", "chat_url", "chat_model", "chat_key", "chat_seconds_max",
        "silence_seconds_max", "graph_by_model", "cache_ttl_seconds",
    }  # fmt: skip

    database_url: str = setting(
        "",
        "database: empty = SQLite in the data folder, or postgresql://...",
        aliases=(aliases.POSTGRES_URL,),
        secret=True,
    )
    files_url: str = setting("", "store for uploaded files: empty = a folder in the data folder, or file://, s3://")
    file_bytes_max: int = setting(100 * 1024 * 1024, "size limit of a file, bytes", ge=1, le=1 << 40)
    request_files_max: int = setting(10_000, "maximum number of files in one upload", ge=1, le=1_000_000)
    queue_items_max: int = setting(
        100_000, "maximum number of files waiting for ingest; further uploads get status 503", ge=1
    )
    chunk_tokens: int = setting(320, "size limit of a chunk, in estimated tokens", ge=32, le=4096)
    chunk_overlap_tokens: int = setting(40, "tokens that a chunk repeats from the previous one", ge=0, le=1024)
    parse_workers: int = setting(1, "maximum number of parsing processes; they start on demand", ge=1, le=64)
    parse_seconds_max: float = setting(120.0, "time limit for parsing one file", gt=0, le=3600)
    parse_memory_mib: int = setting(1024, "memory limit of a parsing process, MiB", ge=128, le=65_536)
    parse_idle_seconds: float = setting(30.0, "an idle parsing process exits after this time", gt=0, le=3600)
    pages_max: int = setting(5_000, "maximum number of pages of a document", ge=1, le=1_000_000)
    ocr_pages_max: int = setting(
        50, "maximum number of scanned pages of a document that are read by OCR", ge=0, le=100_000
    )
    text_characters_max: int = setting(20_000_000, "maximum number of characters of a document's text", ge=1_000)
    lease_seconds: float = setting(
        30.0, "another instance takes over an ingest that has not renewed its lease for this time", gt=1, le=3600
    )
    attempts_max: int = setting(3, "attempts to ingest a file that crashes the service", ge=1, le=100)

    embedder: str = setting(
        "",
        "embedding model: empty for none, name of a pulled model, folder of an ONNX model, or OpenAI-compatible URL",
    )
    embedder_model: str = setting("", "name of the model at the embedder's URL")
    embedder_key: str = setting("", "API key for the embedder's URL", secret=True)
    reranker: str = setting(
        "",
        "cross-encoder that reranks the best hits: empty for none, name of a pulled model, or folder of an ONNX model",
    )
    cache_url: str = setting(
        "",
        "cache: empty = memory, redis://HOST:PORT/DB or memcached://HOST:PORT",
        aliases=(aliases.REDIS_URL,),
        secret=True,
    )
    cache_ttl_seconds: float = setting(
        3600.0,
        "time that query vectors stay in the cache; 0 turns caching off",
        aliases=(aliases.CACHE_TTL,),
        ge=0,
        le=30 * 86_400,
    )
    vectors_url: str = setting(
        "",
        "vector store: empty = a folder in the data folder, or chroma://HOST:PORT",
        aliases=(aliases.CHROMA_HOST,),
        secret=True,
    )
    watch_folders: list[str] = setting([], "folders that may be watched, including their subfolders, comma-separated")
    fetch_private: bool = setting(False, "allow documents to be fetched from loopback and private addresses")
    chat_url: str = setting(
        "",
        "chat model that writes answers: empty for none, or the URL of an OpenAI-compatible server",
        aliases=(aliases.model_url("chat_model"),),
    )
    chat_model: str = setting(
        "",
        "name of the model at the chat URL",
        aliases=tuple(
            aliases.model_name(name, "RAG_CHAT_URL", with_base_url=True)
            for name in ("LLM_DEFAULT_MODEL", "OPENAI_MODEL")
        ),
    )
    chat_key: str = setting(
        "", "API key for the chat URL", aliases=(aliases.model_key("RAG_CHAT_URL", with_base_url=True),), secret=True
    )
    chat_seconds_max: float = setting(
        50.0,
        "time limit for an answer from the chat model, then it is quoted from the documents; at most 5/6 of "
        "REQUEST_TIMEOUT",
        gt=0,
        le=3600,
    )
    silence_seconds_max: float = setting(
        60.0,
        "the gateway's timeout: an answer that is not streamed stays below it",
        env="REQUEST_TIMEOUT",
        gt=0,
        le=86_400,
    )

    graph_by_model: bool = setting(False, "also extract entities with the chat model, with one call per chunk")

    @property
    def chat_seconds(self) -> float:
        """The time limit in force for the chat model. What is left of the gateway's timeout is for the documents."""
        return min(self.chat_seconds_max, self.silence_seconds_max * CHAT_SHARE)

    @model_validator(mode="after")
    def check_models(self) -> Self:
        if self.chat_url and not self.chat_model:
            raise ValueError("chat_url needs chat_model, the name of the model at that URL")
        if self.graph_by_model and not self.chat_url:
            raise ValueError("graph_by_model needs chat_url, the URL of the chat model")
        return self
