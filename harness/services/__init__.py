"""Our own services without the rest of the stack, in this process or in one of their own: settings go in, a client that
reaches them comes out. Uses `processes` and `samples`."""
