"""The memory of a process that serves: what was loaded stays there, and none of it is left behind by a crash."""

import ctypes
import gc
import resource

PR_SET_DUMPABLE = 4  # prctl(2)


def leave_no_core() -> None:
    """A crash leaves no core file: it would hold the passwords of the databases that are connected.

    The limit holds for children, too; not being dumpable also keeps the kernel from piping a core to a collector.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def settle_memory() -> None:
    """Takes what was loaded out of the garbage collector's rounds, and makes the rounds rarer.

    The data plane makes a few hundred short-lived objects a request and no cycles; at the default of 700
    allocations a round, collecting took an eighth of its time.
    """
    gc.collect()
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)  # what starting needed goes back to the system
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
