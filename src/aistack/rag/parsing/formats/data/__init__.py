"""Data: JSON, YAML and XML, read by record."""
