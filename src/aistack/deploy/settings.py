"""The settings of a stack's services as they are in force here, with generated secrets where none are set."""

import importlib
import os
from collections.abc import Mapping
from typing import Any

from aistack.chassis.settings import Origin, ServiceSettings, resolve
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import DescribedService, Stack
from aistack.stack.errors import StackError
from aistack.stack.secrets import STACK_SECRET_VARIABLES, is_weak, secret_from_environment, stack_secret


def load_attribute(reference: str) -> Any:
    """The attribute that the catalogue names as `"module:attribute"`."""
    module, _, attribute = reference.partition(":")
    return getattr(importlib.import_module(module), attribute)


def settings_of(service: DescribedService, stack: Stack) -> tuple[ServiceSettings, list[Origin]]:
    """The settings of one service and their sources. Raises StackError."""
    return resolve(load_attribute(service.entry.settings), service, stack)


def with_secrets(settings: ServiceSettings, environ: Mapping[str, str] = os.environ) -> ServiceSettings:
    """The settings with the stack's secret, when identity is on. Raises StackError."""
    if not settings.identity:
        return settings
    if settings.secret and not any(
        secret_from_environment(variable, environ)[0] for variable in STACK_SECRET_VARIABLES
    ):
        if is_weak(settings.secret):  # it comes from stack.toml
            raise StackError(f"services.{settings.service}.secret is too weak; use at least 32 random characters")
        return settings
    return settings.model_copy(update={"secret": stack_secret(DataPaths(settings.data_dir), environ)})


def notes_on_settings(stack: Stack) -> list[str]:
    """Why variables that are set have no effect, one line each. Raises StackError."""
    found = [one.note for service in stack.enabled for one in settings_of(service, stack)[1] if one.note]
    return list(dict.fromkeys(found))
