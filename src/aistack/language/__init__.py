"""Text analysis for Chinese and English: from text to the terms that search uses."""
