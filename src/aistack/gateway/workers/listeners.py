"""Listening sockets, and TLS on them.

TLS 1.3 and 1.2, the latter only with forward secrecy and authenticated encryption. Certificates can be replaced while
the gateway runs.
"""

import socket
import ssl
from pathlib import Path
from typing import Any

from aistack.chassis.runtime.listeners import AddressTaken, bind, held, inherited
from aistack.chassis.telemetry.logs import get_log
from aistack.gateway.settings import GatewaySettings

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"  # of TLS 1.2; those of 1.3 are all of this kind


def open_listeners(settings: GatewaySettings) -> list[list[socket.socket]]:
    """The sockets of each worker, one per address. Ports are separate (SO_REUSEPORT), all other sockets shared.

    Shared are Unix sockets, and those that a service manager or supervisord keeps open while the gateway restarts.
    Raises AddressTaken, also for a socket from a service manager that is not among the addresses: it may be open to
    more clients than configured.
    """
    change = "GATEWAY_PORT or GATEWAY_LISTEN, or services.gateway.port in stack.toml"
    shared = settings.workers > 1
    handed = {one.getsockname()[:2]: one for one in inherited()}
    places = {(address.host, address.port): address for address in settings.addresses}
    for place in handed.keys() - places.keys():
        raise AddressTaken(
            f"the service manager passed a socket on {place}, where this gateway does not listen; set {change}"
        )
    for listener in held():
        place = listener.getsockname()[:2]
        if place in places and place not in handed:
            handed[place] = listener
        else:  # the gateway listens elsewhere now
            listener.close()
    common = {places[place]: listener for place, listener in handed.items()}
    common |= {address: bind(address, change) for address in settings.addresses if address.path is not None}
    for listener in common.values():
        listener.setblocking(False)
    return [
        [common.get(address) or bind(address, change, shared=shared) for address in settings.addresses]
        for _ in range(settings.workers)
    ]


class _Context(ssl.SSLContext):
    """The context of the listeners: each handshake uses the context that is current when it begins."""

    current: ssl.SSLContext

    def wrap_bio(self, *args: Any, **options: Any) -> ssl.SSLObject:
        return self.current.wrap_bio(*args, **options)


class Certificates:
    """A certificate, its key, and the context that uses them. Raises ValueError if they do not match.

    A context that loads a second certificate keeps using the first one if their keys are of different types (RSA,
    ECDSA), so replaced files get a new context.
    """

    def __init__(self, cert_file: str, key_file: str) -> None:
        self._cert, self._key = Path(cert_file).expanduser(), Path(key_file).expanduser()
        self.context = _Context(ssl.PROTOCOL_TLS_SERVER)
        self.expires_at = 0.0  # Unix time
        try:
            self._load()
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise ValueError(
                f"tls_cert_file {self._cert} and tls_key_file {self._key} cannot be used: {error}"
            ) from None

    def refresh(self) -> None:
        """Loads the files if they changed; new handshakes use the new certificate.

        If the files do not match, the old certificate stays in use, and the log says why.
        """
        try:
            if self._stamp() == self._loaded:
                return
            self._load()
        except (OSError, ValueError) as error:
            get_log("gateway").warning("tls.certificate_refused", file=str(self._cert), error=str(error))
            return
        get_log("gateway").info("tls.certificate_loaded", file=str(self._cert))

    def _load(self) -> None:
        from cryptography import x509

        stamp = self._stamp()
        fresh = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        fresh.minimum_version = ssl.TLSVersion.TLSv1_2
        fresh.set_alpn_protocols(["http/1.1"])
        fresh.set_ciphers(CIPHERS)
        fresh.load_cert_chain(self._cert, self._key)
        expires_at = x509.load_pem_x509_certificate(self._cert.read_bytes()).not_valid_after_utc
        self.context.current, self.expires_at, self._loaded = fresh, expires_at.timestamp(), stamp

    def _stamp(self) -> tuple[int, int]:
        return self._cert.stat().st_mtime_ns, self._key.stat().st_mtime_ns
