"""Model clients: embeddings and rerankers from a local folder, embeddings and chat over the OpenAI API."""
