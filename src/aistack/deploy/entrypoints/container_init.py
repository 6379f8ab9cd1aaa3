"""The init process of a container, like tini: forwards signals to its only child and reaps zombies.

The kernel applies no default signal actions to the first process and makes it the parent of every orphan; services
should not have to handle either. Imports nothing else of the stack, to stay small.
"""

import os
import signal
import sys

FORWARDED = {
    signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH,
}  # fmt: skip


def main(command: list[str]) -> int:
    """Runs the command; returns its exit status, or 128 plus the number of the signal that killed it."""
    waited_for = FORWARDED | {signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, waited_for)
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, waited_for)
        try:
            os.execvp(command[0], command)  # noqa: S606 -- its purpose
        except OSError as error:
            print(f"{command[0]}: {error.strerror}", file=sys.stderr)
            os._exit(127)
    while True:
        number = signal.sigwait(waited_for)
        if number != signal.SIGCHLD:
            os.kill(child, number)
            continue
        status = _reap(child)
        if status is not None:
            return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def _reap(child: int) -> int | None:
    """Reaps every process that has exited; returns the child's status when it is among them."""
    found: int | None = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if pid == 0:
            return found
        if pid == child:
            found = status


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: container_init.py COMMAND [ARGUMENT...]")
    sys.exit(main(sys.argv[1:]))
