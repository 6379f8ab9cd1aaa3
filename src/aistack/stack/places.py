"""Where a stack keeps things under its data folder. Everything embedded lives there and nowhere else."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """Names of the files and folders of one data folder; makes none of them."""

    data_dir: Path

    @property
    def run(self) -> Path:
        """Locks, process state, sockets: nothing here outlives the processes."""
        return self.data_dir / "run"

    @property
    def lock(self) -> Path:
        return self.run / "stack.lock"

    @property
    def state(self) -> Path:
        return self.run / "stack.json"

    @property
    def logs(self) -> Path:
        return self.data_dir / "logs"

    @property
    def log(self) -> Path:
        return self.logs / "stack.log"

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
