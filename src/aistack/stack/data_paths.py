"""Where a stack keeps things under its data folder. Everything embedded lives there and nowhere else."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DataPaths:
    """Names of the files and folders of one data folder; makes none of them."""

    data_dir: Path

    @property
    def run(self) -> Path:
        """Locks, process state, sockets: nothing here outlives the processes."""
        return self.data_dir / "run"

    def lock(self, unit: str) -> Path:
        """Held by the process of a unit while it runs: `stack`, or one service in a process of its own."""
        return self.run / f"{unit}.lock"

    def state(self, unit: str) -> Path:
        return self.run / f"{unit}.json"

    def reload_report(self, unit: str) -> Path:
        """What came of a unit's last reload."""
        return self.run / f"{unit}.reload"

    @property
    def supervisor_socket(self) -> Path:
        """Where supervisord is spoken to; there while it runs."""
        return self.run / "supervisor.sock"

    @property
    def supervisor_settings(self) -> Path:
        return self.run / "supervisord.conf"

    @property
    def logs(self) -> Path:
        return self.data_dir / "logs"

    @property
    def log(self) -> Path:
        return self.log_of("stack")

    def log_of(self, unit: str) -> Path:
        """The log of a process: of the whole stack, or of a service on its own."""
        return self.logs / f"{unit}.log"

    def replica(self, unit: str) -> "DataPaths":
        """The data folder of a further instance of a service on the same machine."""
        return DataPaths(self.data_dir / "replicas" / unit)

    @property
    def stack_secret(self) -> Path:
        """What the services of one stack sign with. See `secrets`."""
        return self.data_dir / "secrets" / "stack.key"

    @property
    def admin_key(self) -> Path:
        return self.data_dir / "secrets" / "admin.key"

    @property
    def encryption_key(self) -> Path:
        """What passwords of connected databases are sealed with, where `ENCRYPTION_KEY` is not set."""
        return self.data_dir / "secrets" / "encryption.key"

    @property
    def models(self) -> Path:
        """Models that were pulled, a folder each."""
        return self.data_dir / "models"

    def model(self, name: str) -> str:
        """Where a model is: one that was pulled is meant by its name; a path or a URL stays as it is."""
        pulled = self.models / name
        return str(pulled) if name and "/" not in name and pulled.is_dir() else name

    @property
    def demo_mark(self) -> Path:
        """Present once the demo set was handed over (or declined)."""
        return self.data_dir / "demo.json"
