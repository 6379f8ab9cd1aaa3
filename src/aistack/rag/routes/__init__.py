"""HTTP in and out of the rag service. May use every room."""
