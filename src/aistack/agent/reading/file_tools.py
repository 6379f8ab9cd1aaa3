"""The tools for the files of a conversation."""

from aistack.agent.calls.tool_registry import Offer
from aistack.agent.reading.query_tables import QueryTables
from aistack.agent.reading.reader import Reader
from aistack.agent.reading.session_files import SessionFiles
from aistack.agent.reading.workers import DUCKDB_MISSING
from aistack.agent.tools.files import ReadFile
from aistack.chassis.identity import Principal


class FileTools:
    """Offers them; the one for tables where DuckDB is installed."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._read, self._query = ReadFile(SessionFiles(reader)), QueryTables(reader)

    async def offer(self, who: Principal) -> Offer:
        if not self._reader.workers.has_tables:
            return Offer((self._read,), {self._query.name: DUCKDB_MISSING})
        return Offer((self._read, self._query))
