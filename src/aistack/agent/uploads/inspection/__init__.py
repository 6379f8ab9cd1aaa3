"""What a file is, before it is kept: its type by its bytes, images written again, the virus scanner. It uses
nothing else of the service.
"""
