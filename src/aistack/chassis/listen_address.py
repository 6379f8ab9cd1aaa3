"""Listen addresses as settings write them: `HOST`, `HOST:PORT`, `[IPV6]:PORT` or `unix:/PATH`."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Address:
    """A listen address: host and port, or the path of a Unix socket."""

    host: str
    port: int = 0
    path: Path | None = None

    @property
    def is_local(self) -> bool:
        """Whether it can be reached only from this machine."""
        return self.path is not None or ipaddress.ip_address(self.host).is_loopback


def listen_address(text: str, default_port: int) -> Address:
    """An address from `HOST`, `HOST:PORT`, `[V6]:PORT` or `unix:/PATH`. Raises ValueError."""
    if text.startswith("unix:"):
        path = Path(text[5:])
        if not path.is_absolute():
            raise ValueError(f"{text!r}: the path of a Unix socket must be absolute")
        return Address("", path=path)
    host, port = text, str(default_port)
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        port = port.removeprefix(":") or str(default_port)
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"{text!r}: the port must be a number from 1 to 65535")
    host = "127.0.0.1" if host == "localhost" else host
    try:
        ipaddress.ip_address(host)
    except ValueError:
        raise ValueError(f"{text!r} is not an address; write ADDRESS, ADDRESS:PORT or unix:/PATH") from None
    return Address(host, int(port))
