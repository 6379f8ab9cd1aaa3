"""Identity providers: OpenID Connect, and the header of a proxy that signs people in itself."""
