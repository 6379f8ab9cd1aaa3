"""What `aistack add` prints: a progress bar in a terminal, the reason for each file that failed, and a summary."""

import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict

import click

from aistack.cli.documents.local_files import LocalFile
from aistack.cli.documents.sending import Outcome
from aistack.cli.output import plain

BAR_CHARACTERS = 24
CLEAR_LINE = "\r\033[K"


class Progress:
    """Collects outcomes. The bar is drawn on standard error if that is a terminal.

    With `as_json`, nothing is printed before the end, or with `as_lines` one JSON object for each outcome.
    """

    def __init__(self, *, as_json: bool, as_lines: bool = False) -> None:
        self.counts: Counter[str] = Counter()
        self.total = 0
        self._as_json = as_json
        self._as_lines = as_lines
        self._outcomes: list[Outcome] = []
        self._is_terminal = sys.stderr.isatty()

    @property
    def is_shown(self) -> bool:
        """Whether there is a bar, for which the number of files must be known."""
        return self._is_terminal

    def report(self, outcome: Outcome) -> None:
        self.counts[outcome.state] += 1
        if self._as_lines:
            self.clear()
            self._print_line(outcome)
        elif self._as_json:
            self._outcomes.append(outcome)
        if outcome.state == "failed" and not self._as_json:
            self.clear()
            click.echo(f"{plain(outcome.name)}: {plain(outcome.error)}", err=True)
        self._draw(outcome.name)

    def sendable(self, files: Iterable[LocalFile]) -> Iterator[LocalFile]:
        """The files that can be sent; the others are reported."""
        for file in files:
            if file.error:
                self.report(Outcome(file.name, "failed", error=file.error))
            else:
                yield file

    def note(self, text: str) -> None:
        """Prints a line about the whole."""
        self.clear()
        click.echo(f"aistack: {text}", err=True)

    def clear(self) -> None:
        """Removes the bar."""
        if self._is_terminal:
            click.echo(CLEAR_LINE, nl=False, err=True)

    def finish(self, collection: str) -> None:
        """Prints the summary."""
        self.clear()
        if self._as_json:
            counts = {state: self.counts[state] for state in ("added", "unchanged", "failed")}
            files = [asdict(one) for one in self._outcomes]
            click.echo(json.dumps({"collection": collection} | counts | {"files": files}, ensure_ascii=False))
        else:
            click.echo(f"{self._summary()} in collection {collection}.")

    def _summary(self) -> str:
        parts = [f"{self.counts['added']} added", f"{self.counts['unchanged']} unchanged"]
        parts += [f"{self.counts[state]} {state}" for state in ("deleted", "failed") if self.counts[state]]
        return ", ".join(parts)

    def _print_line(self, outcome: Outcome) -> None:
        if self._as_json:
            click.echo(json.dumps(asdict(outcome), ensure_ascii=False))
        elif outcome.state in ("added", "deleted"):
            click.echo(f"{outcome.state} {plain(outcome.name)}")

    def _draw(self, name: str) -> None:
        if not self._is_terminal or not self.total:
            return
        done = self.counts.total()
        filled = min(done, self.total) * BAR_CHARACTERS // self.total
        bar = "#" * filled + "." * (BAR_CHARACTERS - filled)
        failed = f", {self.counts['failed']} failed" if self.counts["failed"] else ""
        line = f"[{bar}] {done} of {self.total}{failed}  {plain(name)}"
        click.echo(f"{CLEAR_LINE}{line[: shutil.get_terminal_size().columns - 1]}", nl=False, err=True)
