"""Changes of a PostgreSQL database by logical replication: its own plugin, a slot, a snapshot."""
