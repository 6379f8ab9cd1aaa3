"""Documents in, cited answers out: parsing, chunking, lexical retrieval and extractive answers, no model needed."""
