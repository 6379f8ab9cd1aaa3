"""Office formats: Word, PowerPoint, spreadsheets, and those of LibreOffice."""
