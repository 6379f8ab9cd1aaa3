"""The agent's own tools: arguments of a call in, a result for the model and the console out.

Tools of the stack's services call these through the gateway, on behalf of the person of the conversation. This room
uses `computation` and `sandbox`; `approval` decides which calls a person has to approve.
"""
