"""People: users and service accounts, groups, one-time links, the directory, removal and export."""
