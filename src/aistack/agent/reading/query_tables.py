"""SQL over the tables that are attached to a conversation, as a tool."""

from pydantic import Field

from aistack.agent.reading.reader import Reader
from aistack.agent.reading.session_files import SessionFiles
from aistack.agent.reading.workers import NotReadable
from aistack.agent.tool_protocol import Citation, ToolContext, ToolResult
from aistack.agent.tools.typed_tool import Arguments, TypedTool

ROWS_MAX = 200
FILES_MAX = 10


class TableQuestion(Arguments):
    sql: str = Field(min_length=1, max_length=20_000, description="one SELECT in the SQL of DuckDB")


class QueryTables(TypedTool[TableQuestion]):
    name = "query_tables"
    description = (
        "Runs a SELECT over the CSV and Excel files attached to this conversation. The names of tables and columns are "
        "in the attachments. Use it for every count, sum, average or filter over them; it reads all rows."
    )
    arguments = TableQuestion
    seconds_max = 60.0

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._files = SessionFiles(reader)

    async def call(self, arguments: TableQuestion, context: ToolContext) -> ToolResult:
        rows = [one for one in await self._files.rows(context) if one.kind == "table"][-FILES_MAX:]
        if not rows:
            return ToolResult("", error="no CSV or Excel file is attached to this conversation")
        try:
            found = await self._reader.ask_tables(rows, arguments.sql, ROWS_MAX)
        except NotReadable as reason:
            return ToolResult("", error=str(reason))
        lines = [" | ".join(map(str, found["columns"]))]
        lines += [" | ".join("" if one is None else str(one) for one in row) for row in found["rows"]]
        if found["cut"]:
            lines.append(f"(only the first {ROWS_MAX} rows; aggregate or filter for the others)")
        citations = [Citation(one.name, one.public_id) for one in rows]
        return ToolResult("\n".join(lines), found, citations, is_untrusted=True)
