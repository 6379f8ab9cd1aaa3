"""Files that contain other files: mail, books, zip archives."""
