"""supervisord with logging that survives a full disk: it drops what it cannot write.

Otherwise it would exit when its disk is full, and stop every service. Imports nothing else of the stack, to stay small.
"""

import contextlib
from typing import Any

from supervisor import loggers, supervisord  # pyright: ignore[reportMissingTypeStubs] -- has none


def drop_unwritable_logs() -> None:
    """Makes supervisord's loggers drop what they cannot write, and reopen their file afterwards."""
    kind: Any = loggers.Logger
    log: Any = kind.log

    def log_or_drop(logger: Any, level: int, msg: str, **values: object) -> None:
        try:
            log(logger, level, msg, **values)
        except (OSError, ValueError):  # no space, or a file that could not be opened after a rotation
            for handler in logger.handlers:
                with contextlib.suppress(OSError, ValueError):
                    handler.stream.close()
                with contextlib.suppress(OSError, AttributeError):
                    handler.stream = open(handler.baseFilename, "ab")  # noqa: SIM115 -- the handler's own

    def ignore(_handler: Any) -> None:
        return None

    kind.log = log_or_drop
    handler_kind: Any = loggers.Handler
    handler_kind.handleError = ignore


if __name__ == "__main__":
    drop_unwritable_logs()
    program: Any = supervisord
    program.main()
