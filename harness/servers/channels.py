"""Servers that messages are sent to: one for all channels over HTTP, and a mail server."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

ANSWERS = {"feishu": '{"code":0}', "dingtalk": '{"errcode":0}', "wecom": '{"errcode":0}', "slack": "ok"}


@dataclass
class Post:
    """A request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict:
        return json.loads(self.body)


@dataclass
class Channels:
    """`answers` are the next answers to a path, each a status line, headers and a body; `HANG` is none at all."""

    url: str = ""
    posts: list[Post] = field(default_factory=list)
    answers: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.splitlines()
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)
            }
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            path = first.split()[1].partition("?")[0]
            self.posts.append(Post(first.split()[1], headers, body))
            waiting = self.answers.get(path, [])
            usual = ("200 OK", "", ANSWERS.get(path.strip("/").split("/")[0], '{"ok":true}'))
            status, extra, text = waiting.pop(0) if waiting else usual
            if status == "HANG":
                await reader.read()
                return
            writer.write(f"HTTP/1.1 {status}\r\n{extra}content-length: {len(text)}\r\n\r\n{text}".encode())
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def to(self, path: str) -> list[Post]:
        return [post for post in self.posts if post.path.partition("?")[0] == path]

    def repeats(self) -> list[str]:
        """Keys of messages that came more than once."""
        keys = Counter(post.headers["idempotency-key"] for post in self.posts)
        return [key for key, count in keys.items() if count > 1]


@asynccontextmanager
async def open_channels() -> AsyncIterator[Channels]:
    channels = Channels()
    listening = await asyncio.start_server(channels.serve, "127.0.0.1", 0)
    channels.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield channels
    finally:
        listening.close()


@dataclass
class MailServer:
    """SMTP without encryption. `refuse` answers the recipients with this line; `leave` closes within the message."""

    url: str = ""
    mails: list[EmailMessage] = field(default_factory=list)
    refuse: str = ""
    leave: bool = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())
            await writer.drain()

        await say("220 mail.test")
        while line := (await reader.readline()).decode().strip():
            verb = line.split()[0].upper()
            if verb == "DATA":
                await say("354 go on")
                if self.leave:
                    break
                raw = await reader.readuntil(b"\r\n.\r\n")
                self.mails.append(message_from_bytes(raw[:-3], policy=policy.default))
                await say("250 taken")
            elif verb == "RCPT" and self.refuse:
                await say(self.refuse)
            else:
                await say("221 bye" if verb == "QUIT" else "250 ok")
        writer.close()


@asynccontextmanager
async def open_mail_server() -> AsyncIterator[MailServer]:
    server = MailServer()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"smtp://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()
