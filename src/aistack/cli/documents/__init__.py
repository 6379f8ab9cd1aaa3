"""Documents in the terminal: adding files, asking and searching. Against the stack at hand, or any other by its URL."""
