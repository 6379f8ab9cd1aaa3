"""What a connection may point to, and who may choose it: opening one makes the service connect to its address."""

from pathlib import Path

from aistack.chassis.errors import Forbidden, InvalidInput
from aistack.chassis.identity import Principal
from aistack.connection.rights import is_restricted_key_of_owner
from aistack.connection.settings import ConnectionSettings
from aistack.databases.target import FILES, BadTarget, Target, checked, data_files

ADDRESS = ("host", "port", "path", "tls", "ca_file", "ssh_host", "ssh_port", "ssh_user", "ssh_host_key", "options")
SECRETS = ("password", "ssh_password", "ssh_key")


def require_may_connect(who: Principal, settings: ConnectionSettings) -> None:
    """Raises Forbidden."""
    if who.is_administrator:
        return
    if not settings.members_connect or is_restricted_key_of_owner(who) or who.role == "guest":
        raise Forbidden(
            "only an administrator can connect databases; use an unrestricted API key, or set "
            "CONNECTION_MEMBERS_CONNECT"
        )


def require_secrets(before: Target, after: Target, given: set[str]) -> None:
    """Raises InvalidInput if a stored secret would go to another address: whoever changes that must know it."""
    changed = [name for name in ADDRESS if getattr(before, name) != getattr(after, name)]
    missing = [name for name in SECRETS if getattr(before, name) and name not in given]
    if changed and missing:
        raise InvalidInput(f"changing {', '.join(changed)} needs {' and '.join(missing)} again; send it as well")


def checked_address(target: Target, who: Principal, settings: ConnectionSettings) -> Target:
    """The target with its defaults. Raises InvalidInput if it cannot be connected, or not by this principal."""
    try:
        found = checked(target)
        if found.local_places and not who.is_administrator and not settings.file_folders:
            raise BadTarget("only files in the folders of CONNECTION_FILE_FOLDERS can be connected, and it is empty")
        check_places(found, settings)
        if found.ca_file and not Path(found.ca_file).is_file():
            raise BadTarget(f"ca_file {found.ca_file} does not exist")
        if found.engine == "duckdb":
            data_files(found.path)
    except BadTarget as error:
        raise InvalidInput(str(error)) from None
    return found


def check_places(target: Target, settings: ConnectionSettings) -> None:
    """Raises BadTarget for paths that may not be read: files, certificates, Unix sockets."""
    for place in target.local_places:
        _check_place(place, settings, own_data=target.engine not in FILES)


def _check_place(place: str, settings: ConnectionSettings, *, own_data: bool) -> None:
    try:
        real = Path(place).resolve()
        folders = [Path(folder).expanduser().resolve() for folder in settings.file_folders]
    except (OSError, RuntimeError, ValueError) as error:  # a symlink loop, no home directory, a null character
        raise BadTarget(f"{place!r} cannot be resolved: {error}") from None
    if not own_data and real.is_relative_to(settings.data_dir.resolve()):
        raise BadTarget(f"{place} is in the stack's own data folder, which cannot be connected")
    if any(real.is_relative_to(folder) for folder in folders):
        return
    if folders:
        raise BadTarget(f"{place} is not in one of the folders of CONNECTION_FILE_FOLDERS")
    if not settings.identity:
        raise BadTarget(
            f"{place} cannot be connected: without identity, only files in folders that you name can be connected; "
            f"set CONNECTION_FILE_FOLDERS={real.parent}, or file_folders under [services.connection] in stack.toml"
        )
