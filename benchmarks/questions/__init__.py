"""Questions about databases, asked as a user asks them: through the gateway, with no model and with a local one.

defog's questions (five PostgreSQL schemas) and, where `sql/chinook/questions.jsonl` is among the data, questions about
Chinook. Right: the rows are those of the gold statement. Wrong: other rows, given as an answer. The rest asked back or
refused. The model is Qwen2.5-Coder-1.5B in a worker behind a sidecar; `aistack models pull qwen2.5-coder-1.5b` first.
"""

from benchmarks.questions.asking import run

__all__ = ["run"]
