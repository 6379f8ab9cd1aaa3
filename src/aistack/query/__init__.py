"""query: running SQL on the connected databases, safely: checked before, walled in while it runs, recorded after."""
