"""What every service is built on: app factory, settings, health, metrics, logs, errors, registration, drain."""
