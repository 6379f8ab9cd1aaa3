"""Rendered YAML: our line at the top, keys in the order in which they were put in."""

import yaml

HEADER = "# Written by `aistack render` from stack.toml; change that, and render again."


def yaml_of(*documents: object) -> str:
    """One file of these documents."""
    return f"{HEADER}\n---\n" + yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True, width=110)
