"""Words of Chinese and English: how text becomes the terms that it is found by."""
