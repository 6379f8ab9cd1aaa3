"""Who may do what with which thing: levels and grants, one small table a service, and the rules of routes.

A service names its things and what a route does with them; everything else is decided here. May use `chassis` and
`stores`. See docs/sharing.md.
"""
