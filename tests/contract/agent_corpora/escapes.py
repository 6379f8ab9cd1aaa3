"""Code that tries to get out of a sandbox. `WON` stands for what it does when it has succeeded.

`{secret}` is a file of the host with the token, `{marker}` a file that must not come to be, `{port}` a listening port
of the host, `{socket}` the name of its abstract socket. `LIMITS` run into a limit instead: they must end with an error.
"""

# ruff: noqa: E501

# Each for CPython in bubblewrap, and for the interpreter in monty, which lacks most of what they use.
BOTH = {
    "read a file": "WON(open('{secret}').read())",
    "read passwords": "'root:' in open('/etc/passwd').read() and WON()",
    "read the shadow file": "WON(open('/etc/shadow').read())",
    "pathlib": "from pathlib import Path\nWON(Path('{secret}').read_text())",
    "write to the host": "open('{marker}', 'w').write('x')\nWON()",
    "write to the root": "open('/made', 'w').write('x')\nWON()",
    "write to a library": "import os\nopen(os.__file__, 'a').write('x')\nWON()",
    "path with dots": "WON(open('/work/../../../../..{secret}').read())",
    "symbolic link": "import os\nos.symlink('{secret}', 'link')\nWON(open('link').read())",
    "hard link": "import os\nos.link('{secret}', 'link')\nWON(open('link').read())",
    "environment": "import os\n'ESCAPE_TOKEN' in os.environ and WON(os.environ['ESCAPE_TOKEN'])",
    "environment in libc": "import ctypes\nc = ctypes.CDLL(None)\nc.getenv.restype = ctypes.c_char_p\n"
    "c.getenv(b'ESCAPE_TOKEN') and WON(c.getenv(b'ESCAPE_TOKEN'))",
    "environment of the parent": "WON(open('/proc/1/environ').read())",
    "own process": "WON(open('/proc/self/maps').read())",
    "root of the first process": "import os\nWON(os.listdir('/proc/1/root/root'))",
    "descriptors": "import os\nfor one in range(3, 64):\n    try:\n        text = os.pread(one, 100, 0)\n"
    "    except OSError:\n        continue\n    if text:\n        WON(text)",
    "kernel settings": "open('/sys/kernel/mm/transparent_hugepage/enabled', 'w').write('x')\nWON()",
    "TCP": "import socket\nsocket.create_connection(('127.0.0.1', {port}), 1)\nWON()",
    "UDP": "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {port}))\nWON()",
    "abstract socket": "import socket\nsocket.socket(socket.AF_UNIX).connect('\\0{socket}')\nWON()",
    "raw socket": "import socket\nsocket.socket(socket.AF_PACKET, socket.SOCK_RAW)\nWON()",
    "netlink": "import socket\nsocket.socket(socket.AF_NETLINK, socket.SOCK_RAW)\nWON()",
    "a URL": "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:{port}/', timeout=1)\nWON()",
    "a name": "import socket\nsocket.getaddrinfo('example.org', 80)\nWON()",
    "socket by system call": "import ctypes\nctypes.CDLL(None).syscall(41, 2, 1, 0) >= 0 and WON()",
    "fork": "import os\nos.fork()\nWON()",
    "spawn": "import os\nos.posix_spawn('/bin/sh', ['sh'], {{}})\nWON()",
    "shell": "import os\nos.system('true') == 0 and WON()",
    "subprocess": "import subprocess\nsubprocess.run(['/bin/sh', '-c', 'true'], check=True)\nWON()",
    "multiprocessing": "import multiprocessing\nmultiprocessing.Process(target=print).start()\nWON()",
    "fork by system call": "import ctypes\nctypes.CDLL(None).syscall(57) >= 0 and WON()",
    "clone by system call": "import ctypes\nctypes.CDLL(None).syscall(56, 17, 0, 0, 0, 0) >= 0 and WON()",
    "clone3": "import ctypes\nctypes.CDLL(None).syscall(435, ctypes.create_string_buffer(88), 88) >= 0 and WON()",
    "user namespace": "import ctypes\nctypes.CDLL(None).unshare(0x10000000) == 0 and WON()",
    "mount namespace": "import ctypes\nctypes.CDLL(None).unshare(0x00020000) == 0 and WON()",
    "enter a namespace": "import ctypes\nctypes.CDLL(None).setns(0, 0) == 0 and WON()",
    "mount": "import ctypes\nctypes.CDLL(None).mount(b'none', b'/work', b'tmpfs', 0, None) == 0 and WON()",
    "chroot": "import os\nos.chroot('/work')\nWON()",
    "trace": "import ctypes\nctypes.CDLL(None).ptrace(0, 0, 0, 0) == 0 and WON()",
    "kernel keys": "import ctypes\nctypes.CDLL(None).syscall(250, 0, -3, 0) >= 0 and WON()",
    "BPF": "import ctypes\nctypes.CDLL(None).syscall(321, 0, 0, 0) >= 0 and WON()",
    "ring of requests": "import ctypes\nctypes.CDLL(None).syscall(425, 1, ctypes.create_string_buffer(128)) >= 0 and WON()",
    "program in memory": "import os\nos.memfd_create('x')\nWON()",
    "32-bit calls": "import ctypes\nctypes.CDLL(None).syscall(0x40000000 + 41, 2, 1, 0) >= 0 and WON()",
    "become root": "import os\nos.setuid(0)\nWON()",
    "signal to everyone": "import os, signal\nos.kill(-1, signal.SIGKILL)",
    "signal to the parent": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)",
    "raise the limits": "import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))\nWON()",
    "raise the processor time": "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (10**6, 10**6))\nWON()",
    "device": "import os\nos.mknod('disk', 0o60600, os.makedev(8, 0))\nWON()",
    "message queue": "import ctypes\nctypes.CDLL(None).msgget(0, 0o1600) >= 0 and WON()",
    "shared memory": "import ctypes\nctypes.CDLL(None).shmget(0, 1 << 20, 0o1600) >= 0 and WON()",
    "clock": "import time\ntime.clock_settime(time.CLOCK_REALTIME, 0)\nWON()",
    "host name": "import socket\nsocket.sethostname('x')\nWON()",
    "watch files": "import ctypes\nctypes.CDLL(None).inotify_init1(0) >= 0 and WON()",
    "install a package": "import pip\nWON()",
    "import the service": "import aistack\nWON()",
    "frames": "import sys\nframe, seen = sys._getframe(), []\nwhile frame:\n    seen.append(frame.f_code.co_filename)\n"
    "    frame = frame.f_back\nany('aistack' in one for one in seen) and WON()",
    "subclasses": "for one in ().__class__.__base__.__subclasses__():\n    if one.__name__ == 'Popen':\n"
    "        one(['/bin/sh', '-c', 'true']).wait() == 0 and WON()",
    "builtins by globals": "WON((lambda: 0).__globals__['__builtins__'].open('{secret}').read())",
    "format string": "'{{0.__class__.__init__.__globals__[ESCAPE_TOKEN]}}'.format(print)\nWON()",
    "import by a name": "__import__('os').stat('{secret}')\nWON()",
    "exec": "exec(\"open('{secret}').read()\")\nWON()",
    "breakpoint": "breakpoint()\nimport os\nos.stat('{secret}')\nWON()",
    "terminal": "import fcntl, termios\nfcntl.ioctl(0, termios.TIOCSTI, b'x')\nWON()",
}  # fmt: skip

LIMITS = {
    "endless loop": "while True:\n    pass",
    "memory": "held = []\nwhile True:\n    held.append('x' * 10_000_000)",
    "one large value": "held = [0] * 10**10",
    "large power": "held = 10 ** 10 ** 9",
    "output": "while True:\n    print('x' * 10_000)",
    "recursion": "def again():\n    return again()\nagain()",
    "nested brackets": "(" * 50_000,
    "nested lists": "[" * 50_000 + "]" * 50_000,
    "exit": "raise SystemExit(3)",
    "null byte": "x = 1\0",
    "large text": "'x' * 10**11",
    "replaced many times": "text = 'a'\nwhile True:\n    text = text.replace('a', 'aa')",
}  # fmt: skip

CPYTHON_LIMITS = {
    "regular expression": "import re\nre.match('(a+)+$', 'a' * 60 + 'b')",
    "a full disk": "with open('/work/full', 'wb') as file:\n    while True:\n        file.write(b'x' * 1_000_000)",
    "many files": "number = 0\nwhile True:\n    open(f'/work/{number}', 'w').write('x' * 4096)\n    number += 1",
    "sleep": "import time\ntime.sleep(1_000)",
    "ignored signals": "import signal, time\nfor one in range(1, 32):\n    try:\n        signal.signal(one, signal.SIG_IGN)\n"
    "    except (OSError, ValueError):\n        pass\nwhile True:\n    time.sleep(1)",
    "killed by itself": "import os\nos.kill(os.getpid(), 9)",
    "crash": "import ctypes\nctypes.string_at(0)",
    "closed descriptors": "import os\nos.closerange(0, 64)\nwhile True:\n    pass",
    "forged result": "import os\nfor one in range(3, 64):\n    try:\n        os.write(one, b'{' * 1_000_000)\n"
    "    except OSError:\n        pass\nos._exit(0)",
    "threads": "import threading, time\nthreading.stack_size(32_768)\n"
    "for _ in range(5_000):\n    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
}  # fmt: skip
