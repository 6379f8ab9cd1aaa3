"""A self-signed TLS certificate: an EC key on P-256, for the stack's names and for this machine."""

import datetime
import ipaddress
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aistack.stack.errors import StackError

if TYPE_CHECKING:
    from cryptography import x509

ALWAYS = ("localhost", "127.0.0.1", "::1")


def make_certificate(folder: Path, hosts: Sequence[str], days: int, *, replace: bool = False) -> str:
    """Writes `tls.crt` and `tls.key`; returns the certificate's SHA-256 fingerprint.

    Raises StackError when they exist and `replace` is off, or when they cannot be written.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    certificate, key_file = folder / "tls.crt", folder / "tls.key"
    if not replace and (certificate.exists() or key_file.exists()):
        raise StackError(f"{certificate} already exists; replace it with --force")
    try:
        names = x509.SubjectAlternativeName([_general_name(one) for one in dict.fromkeys((*hosts, *ALWAYS))])
    except ValueError as error:
        raise StackError(f"{error}; pass a host name or an IP address with --host") from None
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(key_file, private)
        _write(certificate, made.public_bytes(serialization.Encoding.PEM))
    except OSError as error:
        raise StackError(f"{folder} cannot be written: {error.strerror}; choose another folder with --out") from None
    return made.fingerprint(hashes.SHA256()).hex(":").upper()


def _general_name(host: str) -> "x509.GeneralName":
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        if not host or not host.isascii() or " " in host:
            raise ValueError(f"{host!r} is not a host name") from None
        return x509.DNSName(host)


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_suffix(".new")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o444), "wb") as file:
        file.write(data)
    temporary.replace(path)
