"""Debezium's change events, as its server's Redis sink writes them into Redis Streams.

``envelope`` reads an entry, ``types`` its values, ``order`` where it stands in its database's
log; ``stream`` alone speaks to Redis.
"""
