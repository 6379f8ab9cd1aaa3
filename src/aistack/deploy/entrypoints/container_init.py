"""The first process of a container: passes signals on to its only child and collects what is left behind.

Does what tini does. The kernel gives the first process no default actions for signals, and hands it every orphan;
our services should know of neither. Runs without anything of ours imported, so that it stays small.
"""

import os
import signal
import sys

PASSED_ON = {
    signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH,
}  # fmt: skip


def main(command: list[str]) -> int:
    """Runs the command; its exit status, or 128 and the number of the signal that ended it."""
    waited_for = PASSED_ON | {signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, waited_for)
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, waited_for)
        try:
            os.execvp(command[0], command)  # noqa: S606 -- that is what it is for
        except OSError as error:
            print(f"{command[0]}: {error.strerror}", file=sys.stderr)
            os._exit(127)
    while True:
        number = signal.sigwait(waited_for)
        if number != signal.SIGCHLD:
            os.kill(child, number)
            continue
        status = _collect(child)
        if status is not None:
            return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def _collect(child: int) -> int | None:
    """Collects every process that ended; the child's status when it is among them."""
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
        sys.exit("init: give the command to run")
    sys.exit(main(sys.argv[1:]))
