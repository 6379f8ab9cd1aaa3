"""The descriptors of the services, for reflection: by file name and by symbol, as serialized FileDescriptorProtos."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from aistack.inference.protocol.wire_format import FieldValue, fields, text

FILE = Path(__file__).with_name("descriptors.binpb")
# Field numbers of google/protobuf/descriptor.proto.
FILES_FILE, FILE_NAME, FILE_PACKAGE, FILE_MESSAGE, FILE_ENUM, FILE_SERVICE = 1, 1, 2, 4, 5, 6
NAME, MESSAGE_FIELD, MESSAGE_NESTED, MESSAGE_ENUM, ENUM_VALUE, SERVICE_METHOD = 1, 2, 3, 4, 2, 2


@dataclass(frozen=True, slots=True)
class Descriptors:
    """`files` by name, `symbols` to file names, `services` in order."""

    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    symbols: dict[str, str] = field(default_factory=dict[str, str])
    services: list[str] = field(default_factory=list[str])


def load() -> Descriptors:
    """Reads the generated descriptors."""
    found = Descriptors()
    for number, value in fields(FILE.read_bytes()):
        if number == FILES_FILE and isinstance(value, bytes):
            _add_file(found, value)
    return found


def _add_file(found: Descriptors, file: bytes) -> None:
    parts = list(fields(file))
    name = next(text(value) for number, value in parts if number == FILE_NAME)
    package = next((text(value) for number, value in parts if number == FILE_PACKAGE), "")
    found.files[name] = file
    for number, value in parts:
        symbols: Iterator[str] = iter(())
        if number == FILE_MESSAGE:
            symbols = _of_message(package, value)
        elif number == FILE_ENUM:
            symbols = _of(package, value, ENUM_VALUE)
        elif number == FILE_SERVICE:
            symbols = _of(package, value, SERVICE_METHOD)
            found.services.append(f"{package}.{_name(value)}")
        found.symbols.update(dict.fromkeys(symbols, name))


def _of_message(scope: str, message: FieldValue) -> Iterator[str]:
    own = f"{scope}.{_name(message)}"
    yield from _of(scope, message, MESSAGE_FIELD)
    for number, value in fields(_bytes(message)):
        if number == MESSAGE_NESTED:
            yield from _of_message(own, value)
        elif number == MESSAGE_ENUM:
            yield from _of(own, value, ENUM_VALUE)


def _of(scope: str, parent: FieldValue, children: int) -> Iterator[str]:
    """The symbol of a descriptor, and those of its fields, values or methods."""
    own = f"{scope}.{_name(parent)}"
    yield own
    for number, value in fields(_bytes(parent)):
        if number == children:
            yield f"{own}.{_name(value)}"


def _name(descriptor: FieldValue) -> str:
    return next((text(value) for number, value in fields(_bytes(descriptor)) if number == NAME), "")


def _bytes(value: FieldValue) -> bytes:
    assert isinstance(value, bytes)
    return value
