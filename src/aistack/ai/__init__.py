"""Questions in words, answered from the connected databases: by rules, and by a model that is checked."""
