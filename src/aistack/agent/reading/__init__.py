"""What uploaded files say: documents through the rag service, pictures and recordings in processes of their own, tables
by SQL. A file comes in; text comes out, with a note of which part was read. Uses `uploads`.
"""
