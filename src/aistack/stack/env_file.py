"""The file `.env` beside `stack.toml`: one variable per line, as read by python-dotenv and Docker Compose.

`NAME=VALUE`, optionally preceded by `export`, with optional blanks around `=`. A value in single quotes is literal; in
double quotes a backslash escapes n, r, t, ", $ and itself; without quotes the value ends before ` #`. There is no
variable expansion.
"""

import re
import stat
from pathlib import Path

from aistack.stack.errors import StackError

FILE_BYTES_MAX = 1024 * 1024
LINE = re.compile(r"(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=(.*)")
SINGLE = re.compile(r"'([^']*)'(.*)")
DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"(.*)')
ESCAPED = re.compile(r'\\([nrt"$\\])')
ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
COMMENT = re.compile(r"(?:^|[ \t])[ \t]*#.*$")


def read_env_file(path: Path) -> dict[str, str]:
    """The variables of a file; none when it does not exist. The last line for a name wins.

    Raises StackError naming the file and the line. Values and malformed lines are never shown.
    """
    try:
        if not _exists(path):
            return {}
        if path.stat().st_size > FILE_BYTES_MAX:
            raise StackError(f"{path}: larger than {FILE_BYTES_MAX} bytes")
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StackError(f"{path}: not UTF-8 text at byte {error.start}") from None
    except OSError as error:
        raise StackError(f"{path}: cannot be read: {error.strerror}") from None
    variables: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip(" \t\r")
        if not line or line.startswith("#"):
            continue
        try:
            name, value = _variable(line)
        except ValueError as error:
            raise StackError(f"{path}:{number}: {error}") from None
        variables[name] = value
    return variables


def _exists(path: Path) -> bool:
    """Whether there is a file to read; False in a folder without access, which is reported where it is needed.

    Raises StackError for a directory, which a container gets when it mounts a file that does not exist on its host.
    """
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return False
    if stat.S_ISDIR(mode) and (path / "pyvenv.cfg").exists():
        return False  # a virtual environment of that name
    if not path.is_file():
        raise StackError(
            f"{path}: not a file with variables; remove it, or set AISTACK_ENV_FILE to another file or to ''"
        )
    return True


def _variable(line: str) -> tuple[str, str]:
    if "\0" in line:
        raise ValueError("a variable cannot contain a NUL byte")
    found = LINE.fullmatch(line)
    if found is None:
        allowed = "write NAME=VALUE with a name of letters, digits and _"
        raise ValueError(f"{'the name is not allowed' if '=' in line else 'the line has no ='}; {allowed}")
    name, rest = found[1], found[2].strip(" \t") if found[2].strip(" \t")[:1] in ("'", '"') else found[2]
    for quote, form in (("'", SINGLE), ('"', DOUBLE)):
        if not rest.startswith(quote):
            continue
        quoted = form.fullmatch(rest)
        if quoted is None:
            raise ValueError(f"the quote {quote} of {name} is not closed on this line")
        if COMMENT.sub("", quoted[2]).strip(" \t"):
            raise ValueError(f"there is text after the closing {quote} of {name}")
        inside = quoted[1]
        return name, ESCAPED.sub(lambda one: ESCAPES.get(one[1], one[1]), inside) if quote == '"' else inside
    return name, _without_comment(rest)


def _without_comment(text: str) -> str:
    """`A= # note` is blank; `A=#1` and `A=a#b` contain a #."""
    at = re.search(r"[ \t]#", text)
    return (text[: at.start()] if at else text).strip(" \t")
