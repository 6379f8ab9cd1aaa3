"""supervisord, as we start it: what it cannot write into its log it forgets.

By itself it would end when its disk is full, and every service with it. Imports nothing of ours, so it stays small.
"""

import contextlib
from typing import Any

from supervisor import loggers, supervisord  # pyright: ignore[reportMissingTypeStubs] -- has none


def forgive_full_disk() -> None:
    """Has its loggers drop what cannot be written, and open their file again for what comes."""
    kind: Any = loggers.Logger
    log: Any = kind.log

    def forgiving(logger: Any, level: int, msg: str, **values: object) -> None:
        try:
            log(logger, level, msg, **values)
        except (OSError, ValueError):  # no space, or a file that could not be opened after a rotation
            for handler in logger.handlers:
                with contextlib.suppress(OSError, ValueError):
                    handler.stream.close()
                with contextlib.suppress(OSError, AttributeError):
                    handler.stream = open(handler.baseFilename, "ab")  # noqa: SIM115 -- the handler's own

    def forget(_handler: Any) -> None:
        return None

    kind.log = forgiving
    handler_kind: Any = loggers.Handler
    handler_kind.handleError = forget


if __name__ == "__main__":
    forgive_full_disk()
    program: Any = supervisord
    program.main()
