"""An upstream in a process of its own: `python -m harness.servers.upstream_process PORT NAME`.

It answers with its name and what it was sent, so that every answer can be checked: `GET /*?n=N` and `PUT` echo N. The
file that UPSTREAM_BEHAVIOUR_FILE names says how it behaves at each request: good, slow, reset, garbage.
"""

import asyncio
import os
import sys
from pathlib import Path


async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    behaviour_file = Path(os.environ["UPSTREAM_BEHAVIOUR_FILE"])
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            target = head.split(b" ", 2)[1]
            lower = head.lower()
            body = b""
            if b"\r\ncontent-length:" in lower:
                body = await reader.readexactly(int(lower.split(b"\r\ncontent-length:")[1].split(b"\r\n")[0]))
            behaviour = "good" if b"/health" in target else behaviour_file.read_text().strip()
            answer = b"%b %b " % (sys.argv[2].encode(), target) + body + b"." * 2000
            whole = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(answer), answer)
            if behaviour == "slow":
                await asyncio.sleep(0.5)
            elif behaviour == "reset":
                writer.write(whole[: len(whole) // 2])
                await writer.drain()
                writer.transport.abort()
                return
            elif behaviour == "garbage":
                whole = b"\x00\xff not http\r\n\r\n" + whole
            writer.write(whole)
            await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(handle, "127.0.0.1", int(sys.argv[1]), backlog=512)
    async with server:
        await server.serve_forever()


asyncio.run(main())
