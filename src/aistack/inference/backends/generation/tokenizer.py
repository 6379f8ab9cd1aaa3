"""A model's tokenizer: text to ids, and ids back to text and bytes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aistack.inference.backends.backend import LoadFailed


class TextTokenizer:
    """The tokenizer.json of a folder. Its methods may be called in any thread."""

    def __init__(self, folder: Path, stop_ids: Sequence[int] = ()) -> None:
        """`stop_ids` end an answer. Raises LoadFailed."""
        try:
            from llguidance import LLTokenizer
            from tokenizers import Tokenizer
        except ImportError as error:
            raise LoadFailed(f"it needs {error.name}; install it with: pip install 'aistack[transformers]'") from None
        try:
            self.library: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
            ends = [one for one in stop_ids if one < self.library.get_vocab_size()]
            self.grammar_tokenizer: Any = LLTokenizer(self.library.to_str(), eos_token=ends or None)
        except Exception as error:  # the library raises plain exceptions
            raise LoadFailed(f"{folder / 'tokenizer.json'} cannot be read: {error}") from None
        added: dict[int, Any] = self.library.get_added_tokens_decoder()
        self.special = frozenset(at for at, token in added.items() if token.special)
        self.size = int(self.library.get_vocab_size())

    def encode(self, text: str, *, whole: bool) -> list[int]:
        """The ids; `whole` adds what the model expects at a text's beginning or end."""
        return list(self.library.encode(text, add_special_tokens=whole).ids)

    def token_id(self, text: str) -> int | None:
        """The id of a token that is written so."""
        return self.library.token_to_id(text)

    def decode(self, ids: Sequence[int]) -> str:
        return str(self.library.decode(list(ids), skip_special_tokens=False))

    def decode_stream(self, *, keep_special: bool) -> Any:
        """A stream whose `step(tokenizer.library, id)` is text once it is whole characters, else None."""
        from tokenizers.decoders import DecodeStream

        return DecodeStream(skip_special_tokens=not keep_special)

    def token_bytes(self, token: int) -> bytes:
        """What a token stands for; it may be a part of a character."""
        if token in self.special:
            return self.decode([token]).encode()
        return bytes(self.grammar_tokenizer.decode_bytes([token])) if token < self.size else b""
