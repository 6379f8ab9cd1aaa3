"""How another server fails."""


class ServerFailed(Exception):
    """It did not answer properly; the message says how."""


class ConnectionEnded(Exception):
    """The connection with its handshake is gone, and nothing was sent; a new handshake is needed."""


class Refused(ServerFailed):
    """It answered with an error. `code` is that of JSON-RPC, 0 if there was only an HTTP status."""

    def __init__(self, message: str, code: int = 0, status: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
