"""Commands that run a part of the inference service: arguments come in, the process is it. Uses `cli.output`."""
