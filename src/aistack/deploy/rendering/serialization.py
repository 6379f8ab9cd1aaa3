"""How rendered files are written: a header that names their source, and YAML with keys in insertion order."""

import yaml

HEADER = "# Generated from stack.toml by `aistack render`. Do not edit: change stack.toml and render again."


def yaml_of(*documents: object) -> str:
    """A file with these YAML documents."""
    return f"{HEADER}\n---\n" + yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True, width=110)
