"""The tools of other MCP servers: servers that people add by URL, and commands that the operator configures.

A server is spoken to in the newest revision that it knows. Its list of tools is pinned: tools are offered as a person
accepted them, and a changed list has to be accepted again. What a server answers is data of others.
"""
