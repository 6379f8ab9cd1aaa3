"""What ends a connection or a stream, with the error codes of RFC 9113, section 7."""

from enum import IntEnum


class ErrorCode(IntEnum):
    NO_ERROR = 0
    PROTOCOL_ERROR = 1
    INTERNAL_ERROR = 2
    FLOW_CONTROL_ERROR = 3
    SETTINGS_TIMEOUT = 4
    STREAM_CLOSED = 5
    FRAME_SIZE_ERROR = 6
    REFUSED_STREAM = 7
    CANCEL = 8
    COMPRESSION_ERROR = 9
    CONNECT_ERROR = 10
    ENHANCE_YOUR_CALM = 11
    INADEQUATE_SECURITY = 12
    HTTP_1_1_REQUIRED = 13

    @classmethod
    def of(cls, number: int) -> "ErrorCode":
        """The code with this number; an unknown one counts as INTERNAL_ERROR, as the RFC allows."""
        return cls(number) if number <= cls.HTTP_1_1_REQUIRED else cls.INTERNAL_ERROR


class ConnectionFault(Exception):
    """The peer broke the protocol or a limit: the connection ends with GOAWAY."""

    def __init__(self, code: ErrorCode, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class StreamFault(Exception):
    """One stream broke the protocol: it ends with RST_STREAM, the connection goes on."""

    def __init__(self, code: ErrorCode, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class ConnectionClosed(Exception):
    """The connection cannot take another stream: it is closed, going away, or at the peer's limit of streams."""
