"""How people sign in: `[identity]` of `stack.toml`."""
