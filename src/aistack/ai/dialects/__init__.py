"""What differs between the engines' SQL: quoting, literals, reserved words, truncating times.

In: names, values and fragments. Out: text for one engine. Uses `schema`.
"""
