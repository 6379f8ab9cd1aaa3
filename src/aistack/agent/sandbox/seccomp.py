"""A seccomp filter as classic BPF: a process that computes needs no sockets, processes, mounts or kernel keys.

Threads are allowed, new processes are not, so that the memory limit of the one process is the limit of the run.
`clone3` is answered with ENOSYS, as its flags are out of a filter's reach; libc then calls `clone`.
"""

import platform
import struct
from collections.abc import Mapping

_LOAD, _EQUAL, _AND_BITS, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER_AT, _ARCH_AT, _ARGUMENT_AT = 0, 4, 16
_EPERM, _ENOSYS = 1, 38
_CLONE_THREAD = 0x00010000
_X32 = 0x40000000
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

# The numbers of asm/unistd_64.h and asm-generic/unistd.h.
_DENIED: Mapping[str, Mapping[str, int]] = {
    "x86_64": {
        "fork": 57, "vfork": 58, "socket": 41, "socketpair": 53, "ptrace": 101, "mount": 165, "umount2": 166,
        "pivot_root": 155, "chroot": 161, "unshare": 272, "setns": 308, "keyctl": 250, "add_key": 248,
        "request_key": 249, "bpf": 321, "perf_event_open": 298, "userfaultfd": 323, "io_uring_setup": 425,
        "io_uring_enter": 426, "io_uring_register": 427, "memfd_create": 319, "memfd_secret": 447, "shmget": 29,
        "shmat": 30, "msgget": 68, "semget": 64, "mq_open": 240, "process_vm_readv": 310, "process_vm_writev": 311,
        "kexec_load": 246, "kexec_file_load": 320, "init_module": 175, "finit_module": 313, "delete_module": 176,
        "open_by_handle_at": 304, "name_to_handle_at": 303, "swapon": 167, "reboot": 169, "acct": 163,
        "settimeofday": 164, "clock_settime": 227, "adjtimex": 159, "quotactl": 179, "syslog": 103, "iopl": 172,
        "ioperm": 173, "personality": 135, "pidfd_open": 434, "pidfd_getfd": 438, "open_tree": 428, "move_mount": 429,
        "fsopen": 430, "fsmount": 432, "mount_setattr": 442, "fanotify_init": 300, "inotify_init1": 294,
        "inotify_init": 253, "sethostname": 170, "setdomainname": 171, "mknod": 133, "mknodat": 259,
        "setpriority": 141, "sched_setscheduler": 144, "landlock_create_ruleset": 444,
    },
    "aarch64": {
        "socket": 198, "socketpair": 199, "ptrace": 117, "mount": 40, "umount2": 39, "pivot_root": 41, "chroot": 51,
        "unshare": 97, "setns": 268, "keyctl": 219, "add_key": 217, "request_key": 218, "bpf": 280,
        "perf_event_open": 241, "userfaultfd": 282, "io_uring_setup": 425, "io_uring_enter": 426,
        "io_uring_register": 427, "memfd_create": 279, "memfd_secret": 447, "shmget": 194, "shmat": 196, "msgget": 186,
        "semget": 190, "mq_open": 180, "process_vm_readv": 270, "process_vm_writev": 271, "kexec_load": 104,
        "kexec_file_load": 294, "init_module": 105, "finit_module": 273, "delete_module": 106,
        "open_by_handle_at": 265, "name_to_handle_at": 264, "swapon": 224, "reboot": 142, "acct": 89,
        "settimeofday": 170, "clock_settime": 112, "adjtimex": 171, "quotactl": 60, "syslog": 116, "personality": 92,
        "pidfd_open": 434, "pidfd_getfd": 438, "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsmount": 432,
        "mount_setattr": 442, "fanotify_init": 262, "inotify_init1": 26, "sethostname": 161, "setdomainname": 162,
        "mknodat": 33, "setpriority": 140, "sched_setscheduler": 119, "landlock_create_ruleset": 444,
    },
}  # fmt: skip
_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE3 = 435
_PRLIMIT = {"x86_64": 302, "aarch64": 261}


def seccomp_filter(machine: str = "") -> bytes | None:
    """The filter program for `bwrap --seccomp`, or None for a machine whose system calls are not known here."""
    machine = machine or platform.machine()
    if machine not in _ARCHITECTURES:
        return None
    program = [
        (_LOAD, 0, 0, _ARCH_AT), (_EQUAL, 1, 0, _ARCHITECTURES[machine]), (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
    ]  # fmt: skip
    if machine == "x86_64":
        program += [(0x35, 0, 1, _X32), (_RETURN, 0, 0, _ERRNO | _ENOSYS)]
    program += [(_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _ERRNO | _ENOSYS)]
    for number in _DENIED[machine].values():
        program += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO | _EPERM)]
    program += [  # limits of the process itself may be lowered: so does the runner
        (_EQUAL, 0, 3, _PRLIMIT[machine]), (_LOAD, 0, 0, _ARGUMENT_AT), (_EQUAL, 1, 0, 0),
        (_RETURN, 0, 0, _ERRNO | _EPERM),
    ]  # fmt: skip
    program += [
        (_EQUAL, 0, 3, _CLONE[machine]), (_LOAD, 0, 0, _ARGUMENT_AT), (_AND_BITS, 1, 0, _CLONE_THREAD),
        (_RETURN, 0, 0, _ERRNO | _EPERM), (_RETURN, 0, 0, _ALLOW),
    ]  # fmt: skip
    return b"".join(struct.pack("=HBBI", *one) for one in program)
