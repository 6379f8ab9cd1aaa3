"""The paths below a stack's data folder. All embedded stores are there and nowhere else."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DataPaths:
    """The files and folders of one data folder; creates none of them."""

    data_dir: Path

    @property
    def run(self) -> Path:
        """Locks, process state and sockets; meaningless once the processes have stopped."""
        return self.data_dir / "run"

    def lock(self, unit: str) -> Path:
        """The lock that a unit's process holds while it runs: `stack`, or a service in its own process."""
        return self.run / f"{unit}.lock"

    def state(self, unit: str) -> Path:
        return self.run / f"{unit}.json"

    def reload_report(self, unit: str) -> Path:
        """The report of a unit's last reload."""
        return self.run / f"{unit}.reload"

    @property
    def supervisor_socket(self) -> Path:
        """supervisord's control socket; exists while it runs."""
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
        """The log of a unit's process."""
        return self.logs / f"{unit}.log"

    def replica(self, unit: str) -> "DataPaths":
        """The data folder of an additional instance of a service on the same machine."""
        return DataPaths(self.data_dir / "replicas" / unit)

    @property
    def stack_secret(self) -> Path:
        """The secret with which the services of a stack sign requests to each other. See `secrets`."""
        return self.data_dir / "secrets" / "stack.key"

    @property
    def admin_key(self) -> Path:
        return self.data_dir / "secrets" / "admin.key"

    @property
    def encryption_key(self) -> Path:
        """The key that encrypts passwords of connected databases, when `ENCRYPTION_KEY` is not set."""
        return self.data_dir / "secrets" / "encryption.key"

    @property
    def models(self) -> Path:
        """Pulled models, one folder each."""
        return self.data_dir / "models"

    def model(self, name: str) -> str:
        """The path of a pulled model, given its name; a path or a URL is returned unchanged."""
        pulled = self.models / name
        return str(pulled) if name and "/" not in name and pulled.is_dir() else name

    @property
    def demo_mark(self) -> Path:
        """Exists once the demo documents were loaded."""
        return self.data_dir / "demo.json"
