"""The pages for signing in: plain HTML, its texts, forms and cookies."""
