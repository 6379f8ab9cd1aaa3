"""Whom downloads trust: the certificate authorities of this machine, as pip does, and those that Mozilla trusts."""

import ssl


def trusted(cert: str = "") -> ssl.SSLContext:
    """`cert` is a file of authorities that replaces all others. Raises OSError if it cannot be read."""
    if cert:
        return ssl.create_default_context(cafile=cert)
    import certifi  # httpx brings it

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
