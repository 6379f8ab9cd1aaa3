"""connection: which databases there are, who may see, ask, run and write on them, and what they hold."""
