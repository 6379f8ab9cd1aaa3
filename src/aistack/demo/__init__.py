"""The demo set: public texts, and the project's own documentation beside them."""
