"""Questions in words, answered from the connected databases: by rules that need no model, and by a model that is checked."""
