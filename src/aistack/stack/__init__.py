"""The description of a stack: the catalogue of services, and `stack.toml` with `.env` that configure them.

Files and environment variables come in; a checked, frozen `Stack` goes out. Imports nothing else of the package and
nothing heavy, so that `aistack status` starts at once. Order: `env_file`, `environment`, `fields`, `loader`.
"""
