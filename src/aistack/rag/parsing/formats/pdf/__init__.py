"""PDF files, read with pdfium: its text in its order, with columns and tables found by position."""
