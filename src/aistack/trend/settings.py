"""Settings of the trend service."""

from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import field_validator

from aistack.chassis import aliases
from aistack.chassis.settings import ServiceSettings, setting
from aistack.stack.secrets import check_encryption_keys


class TrendSettings(ServiceSettings):
    live: ClassVar[set[str]] = {"contact", "host_delay_seconds", "encryption_key", "smtp_url", "smtp_from"}

    database_url: str = setting(
        "",
        "database: empty = SQLite in the data folder, or postgresql://...",
        aliases=(aliases.POSTGRES_URL,),
        secret=True,
    )
    fetch_private: bool = setting(False, "allow sources to be fetched from loopback and private addresses")
    contact: str = setting("", "an address or URL that sites find in the User-Agent, to reach who runs this stack")
    source_bytes_max: int = setting(20 * 1024 * 1024, "size limit of a feed or page, bytes, unpacked", ge=1024)
    host_delay_seconds: float = setting(1.0, "time between two requests to one host, s", ge=0, le=3600)
    interval_seconds_min: int = setting(900, "the shortest time between two reads of a source, s", ge=1, le=86_400)
    interval_seconds_max: int = setting(86_400, "the longest time between two reads of a source, s", ge=60)
    sources_at_once: int = setting(8, "maximum number of sources that are read at the same time", ge=1, le=100)
    worker_memory_mib: int = setting(
        768, "memory limit of the process that reads sources and finds topics, MiB", ge=128
    )
    worker_seconds_max: float = setting(300.0, "time limit for one such task, s", gt=0, le=3600)
    worker_idle_seconds: float = setting(60.0, "an idle process of that kind exits after this time, s", gt=0, le=3600)
    topic_days: int = setting(14, "topics are found among the documents of this time, days", ge=1, le=365)
    series_points_max: int = setting(1_000_000, "points that a series keeps, the latest", ge=1_000, le=10_000_000)
    retention_days: int = setting(365, "documents are kept for this time, days", ge=1, le=36_500)
    encryption_key: str = setting(
        "",
        "encrypts addresses of subscribers at rest; empty uses the one in the data folder",
        env="ENCRYPTION_KEY",
        secret=True,
    )
    deliver_private: bool = setting(False, "allow messages to be sent to loopback and private addresses")
    delivery_seconds_max: float = setting(30.0, "time limit for sending a message, s", gt=0, le=600)
    smtp_url: str = setting(
        "", "server that sends e-mail: smtp://user:password@host:587, or smtps:// for port 465", secret=True
    )
    smtp_from: str = setting("", "sender of e-mail, such as trends@example.org")

    @field_validator("encryption_key")
    @classmethod
    def are_strong(cls, keys: str) -> str:
        check_encryption_keys(keys)
        return keys

    @field_validator("smtp_url")
    @classmethod
    def is_a_mail_server(cls, url: str) -> str:
        if url:
            parts = urlsplit(url)
            if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
                raise ValueError("smtp_url must be smtp://user:password@host:port or smtps://...")
            _ = parts.port
        return url
