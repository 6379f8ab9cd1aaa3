"""`python -m aistack.cli` is `aistack`."""

from aistack.cli import main

main(prog_name="aistack")
