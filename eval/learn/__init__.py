"""Training of what ships in rag/models/trained: the search model's adapter and the reader, from gold questions."""
