"""Results as Arrow and Parquet: the columns' types, and their arrays."""
