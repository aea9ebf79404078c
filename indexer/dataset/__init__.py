"""One dataset in memory: its shards, keys, links, how they are read and how they change. Pure."""
