"""Trend analysis: what is rising, what broke, what comes next, with evidence."""
