"""Responses of `/v1/responses` that are kept on request: stored by the control app, read and written by data planes."""
