"""The text of a grammar in GBNF: rules with names, each expression once."""

from aistack.inference.backends.grammars.failure import CannotEnforce

GRAMMAR_CHARACTERS_MAX = 4 << 20
PRIMITIVES = {
    "ws": '| " " | "\\n" [ \\t]{0,20}',
    "char": '[^"\\\\\\x7F\\x00-\\x1F] | "\\\\" ["\\\\bfnrt]',
    "plain": '[^"\\\\\\x7F\\x00-\\x1F]',
    "string": '"\\"" char* "\\""',
    "null": '"null"',
    "boolean": '"true" | "false"',
    "integer": '"-"? ("0" | [1-9] [0-9]{0,15})',
    "number": '"-"? ("0" | [1-9] [0-9]{0,8}) ("." [0-9]{1,6})? | "-"? [1-9] [0-9]{9,14}',
    "array": '"[" ws (value ("," ws value)*)? ws "]"',
    "object": '"{" ws (string ":" ws value ("," ws string ":" ws value)*)? ws "}"',
    "value": "object | array | string | number | boolean | null",
}
USES = {
    "string": ("char",), "array": ("ws", "value"), "object": ("ws", "string", "value"),
    "value": ("object", "array", "string", "number", "boolean", "null"),
}  # fmt: skip


class Rules:
    """Rules that are being collected. Raises CannotEnforce when they become too large."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._size = 0

    def primitive(self, name: str) -> str:
        """A rule that many grammars need, with those that it uses."""
        if name not in self._texts:
            self._texts[name] = PRIMITIVES[name]
            for one in USES.get(name, ()):
                self.primitive(one)
        return name

    def reserve(self) -> str:
        """A name whose text is set later, for rules that use themselves."""
        name = f"r{len(self._texts)}"
        self._texts[name] = ""
        return name

    def set(self, name: str, text: str) -> None:
        self._count(text)
        self._texts[name] = text

    def add(self, text: str) -> str:
        """The name of a rule with this text."""
        name = self._names.get(text)
        if name is None:
            name = self.reserve()
            self.set(name, text)
            self._names[text] = name
        return name

    def text(self, root: str) -> str:
        """The grammar, which begins with the rule `root`."""
        return "\n".join((f"root ::= {root}", *(f"{name} ::= {text}" for name, text in self._texts.items()))) + "\n"

    def _count(self, text: str) -> None:
        self._size += len(text)
        if self._size > GRAMMAR_CHARACTERS_MAX:
            raise CannotEnforce("", f"its grammar is larger than {GRAMMAR_CHARACTERS_MAX >> 20} MB")
