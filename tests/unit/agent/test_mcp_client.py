"""The parts of the MCP client that need no server."""

import re
from pathlib import Path

import pytest

from aistack.agent.mcp_client.command_file import read_commands
from aistack.agent.mcp_client.remote_tool import RemoteTool, tool_name
from aistack.agent.mcp_client.tool_list import digest_of
from aistack.agent.mcp_revisions import decoded, encoded
from aistack.agent.tool_protocol import ToolContext
from aistack.chassis.identity import ANONYMOUS
from aistack.stack.errors import StackError


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "the file"), ("{}", "mcpServers"), ('{"mcpServers": {"A B": {"command": "x"}}}', "pattern"),
        ('{"mcpServers": {"a": {"url": "https://a.test"}}}', "command"),
        ('{"mcpServers": {"a": {"command": ""}}}', "at least 1"),
    ],
)  # fmt: skip
def test_a_file_of_commands_that_is_wrong_is_described(tmp_path: Path, text: str, complaint: str):
    path = tmp_path / "mcp.json"
    with pytest.raises(StackError, match="cannot be read"):
        read_commands(path)
    path.write_text(text)
    with pytest.raises(StackError, match=complaint):
        read_commands(path)


def test_names_are_those_that_models_take_and_distinct():
    given = ["get", "a.b", "a/b", "a_b", "x" * 100, "x" * 101]
    names = [tool_name("server", one) for one in given]
    assert names[0] == "server__get" and len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", one) for one in names)


def test_a_digest_is_of_everything_that_reaches_the_model():
    tool = {"name": "a", "description": "b", "parameters": {"type": "object"}, "says_it_reads": True}
    changes = ({"name": "c"}, {"description": "b."}, {"parameters": {}}, {"says_it_reads": False})
    assert len({digest_of([tool]), *(digest_of([tool | one]) for one in changes)}) == 5
    assert digest_of([dict(reversed(tool.items()))]) == digest_of([tool])


@pytest.mark.parametrize("text", ["plain", " edge ", "北京", "=?base64?x?=", "a\nb", ""])
def test_header_values_survive(text: str):
    assert decoded(encoded(text)) == text and encoded(text).isascii() and encoded(text).isprintable()


async def test_arguments_are_repeated_in_headers_and_results_read():
    schema = {
        "type": "object",
        "properties": {
            "city": {"type": "string", "x-mcp-header": "City"}, "deep": {"type": "boolean", "x-mcp-header": "Deep"},
            "place": {"type": "object", "properties": {"zip": {"type": "integer", "x-mcp-header": "Zip"}}},
            "evil": {"type": "string", "x-mcp-header": "a: b\r\nc"},
        },
    }  # fmt: skip
    sent: dict[str, str] = {}
    answer: dict = {}

    async def call(tool: str, arguments: object, headers: dict, context: object) -> dict:
        sent.update(headers)
        return answer

    tool = RemoteTool("s", {"name": "t", "description": "d", "parameters": schema}, call, reads=True)
    context = ToolContext(ANONYMOUS, "", "", "en")
    given = {"city": "北京", "deep": True, "place": {"zip": 7}, "evil": "x"}
    for found, text in (
        ({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, "a\nb"),
        ({"structuredContent": {"n": 1}}, '{"n": 1}'),
        ({"content": [{"type": "image", "mimeType": "image/png", "data": "x"}]}, "(image, image/png: not shown)"),
        ({"content": [{"type": "resource", "resource": {"uri": "u", "text": "t"}}]}, "t"),
        ({"content": "wrong", "structuredContent": None}, ""),
    ):
        answer.clear()
        answer.update(found)
        result = await tool.run(given, context)
        assert result.text == text and result.is_untrusted and not result.error
    assert decoded(sent.pop("mcp-param-City")) == "北京" and sent == {"mcp-param-Deep": "true", "mcp-param-Zip": "7"}
