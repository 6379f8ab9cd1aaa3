"""The front door. A data plane at protocol level carries every request to a registered service; the
gateway's own API (registry, health, console) is an ordinary app that the data plane reaches as an upstream.
"""
