"""The files of the question: they are read before it is answered, and what of them was not read is said."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from aistack.agent.conversations.history_search import index_message
from aistack.agent.conversations.messages import NewPart, StoredMessage, searched_text
from aistack.agent.loop.excerpts import best_passages, excerpt
from aistack.agent.reading.reader import Reader
from aistack.agent.runs.event_log import LiveRun
from aistack.agent.runs.run_store import RunStore
from aistack.agent.tables import Part
from aistack.stores.records import AnyRow

LEFT_OUT = "left_out"
PASSAGES = 3
PASSAGE_CHARACTERS_MAX = 1_200
EXCERPT_CHARACTERS = 600
Emit = Callable[..., None]
SAID = {
    "en": {"part": "{name}: {read}", "left": "{name}: not read: {what}", "unread": "{name} could not be read: {why}",
           "head": "What was not taken into account:"},
    "zh": {"part": "{name}：{read}", "left": "{name}：未读取：{what}", "unread": "无法读取 {name}：{why}",
           "head": "未纳入回答的内容："},
}  # fmt: skip


class Attachments:
    """Reads what the messages of a run's branch attach."""

    def __init__(self, reader: Reader, store: RunStore) -> None:
        self.reader = reader
        self._store = store

    async def read(
        self, live: LiveRun, session: AnyRow, branch: Sequence[StoredMessage], language: str, emit: Emit
    ) -> None:
        """Reads what is new in a branch. A file that cannot be read is tried again in the next run."""
        wanted = [
            (message, part)
            for at, message in enumerate(branch)
            for part in message.parts
            if part.kind == "attachment" and part.data.get("upload") and "read" not in part.data
            and (at >= len(branch) - 2 or "unread" not in part.data)
        ]  # fmt: skip
        if not wanted:
            return
        files = {row.public_id: row for row in await self.reader.intake.store.of_session(session.public_id)}
        for message, part in wanted:
            values = await self._values(part, files.get(part.data["upload"]), _question(message), language, emit)
            async with self._store.holding(live) as connection:
                await connection.execute(update(Part).where(Part.id == part.id).values(**values))
        await self._index(live, [message for message, _ in wanted])

    async def _values(
        self, part: AnyRow, row: AnyRow | None, question: str, language: str, emit: Emit
    ) -> dict[str, Any]:
        data: dict[str, Any] = {key: value for key, value in part.data.items() if key != "unread"}
        shown = {"upload": data["upload"], "name": data["name"]}
        if row is None:
            return {"data": data | {"unread": "the file was deleted"}}
        emit("CUSTOM", name="attachment", value={**shown, "state": "reading"})
        reading = await self.reader.read(row)
        if reading.error:
            emit("CUSTOM", name="attachment", value={**shown, "state": "unread", "reason": reading.error})
            return {"data": data | {"unread": reading.error}}
        found = excerpt(reading.text, self.reader.settings.attachment_characters_max, question)
        read = {key: value for key, value in reading.details.items() if key != "page_starts"}
        if not found.is_whole:
            read["part"] = found.described(language)
        emit("CUSTOM", name="attachment", value={**shown, "state": "read", "read": read})
        return {"text": found.text, "data": data | {"read": read}}

    async def _index(self, live: LiveRun, messages: Sequence[StoredMessage]) -> None:
        """What was read is found by the search over the history."""
        for message_id in dict.fromkeys(one.row.id for one in messages):
            async with self._store.holding(live) as connection:
                query = select(Part.kind, Part.text).where(Part.message_id == message_id).order_by(Part.position)
                await index_message(connection, message_id, searched_text((await connection.execute(query)).all()))


def left_out_note(message: StoredMessage, cut: Mapping[str, str], language: str) -> NewPart | None:
    """What of a message's attachments the answer does not rest on, as a part of the answer. None if nothing is.

    `cut` says by name what did not fit into the context.
    """
    words, lines = SAID[language], list[str]()
    for part in message.parts:
        if part.kind != "attachment":
            continue
        name, read = str(part.data.get("name", "")), part.data.get("read", {})
        if why := part.data.get("unread"):
            lines.append(words["unread"].format(name=name, why=why))
        if what := read.get("left_out"):
            lines.append(words["left"].format(name=name, what=what))
        if said := cut.get(name) or read.get("part"):
            lines.append(words["part"].format(name=name, read=said))
    if not lines:
        return None
    return NewPart("text", "\n\n" + "\n".join((words["head"], *(f"- {one}" for one in lines))), {"note": LEFT_OUT})


def answer_from_attachments(message: StoredMessage, language: str) -> str:
    """What the attachments say about the question, word for word; empty if the message has none with text."""
    texts = [
        (str(one.data.get("name", "")), one.text) for one in message.parts if one.kind == "attachment" and one.text
    ]
    if not texts:
        return ""
    question = _question(message)
    found: list[str] = []
    for name, text in texts:
        passages = best_passages(text, question, PASSAGES) or [text[:EXCERPT_CHARACTERS]]
        quoted = "\n\n".join(one[:PASSAGE_CHARACTERS_MAX] for one in passages)
        found.append(f"**{name}**\n{quoted}")
    label = (
        "（未使用语言模型：以下是附件中与问题最相关的原文。）"
        if language == "zh"
        else "(Answered without a language model: these are the passages of the attachments closest to the question.)"
    )
    return "\n\n".join((*found, label))


def _question(message: StoredMessage) -> str:
    return "\n".join(one.text for one in message.parts if one.kind == "text")
