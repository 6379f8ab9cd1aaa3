"""Side-by-side measurements, each a table of rows with the bar that it must reach."""
