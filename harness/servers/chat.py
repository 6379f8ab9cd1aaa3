"""A chat server over the OpenAI wire format whose answers come from a function."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class ChatServer:
    """`answer` gets the messages and the model's name and returns the answer, FAIL, or SILENT for none at all.

    `asked` keeps the requests.
    """

    def __init__(self, answer: Callable[[list[dict], str], str]) -> None:
        self.answer = answer
        self.asked: list[dict] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            body = json.loads(await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0])))
            self.asked.append(body)
            text = self.answer(body["messages"], body["model"])
            if text == "SILENT":
                await reader.read()  # until the client leaves
            status = b"500 Oops" if text == "FAIL" else b"200 OK"
            answer = json.dumps({"choices": [{"message": {"content": text}}]}).encode()
            writer.write(
                b"HTTP/1.1 %b\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b" % (status, len(answer), answer)
            )
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def chat_server(answer: Callable[[list[dict], str], str]) -> AsyncIterator[ChatServer]:
    made = ChatServer(answer)
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    try:
        yield made
    finally:
        listening.close()
