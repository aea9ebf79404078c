"""Which records satisfy this plan?

Keeps a bitmap for every field of every record, answers lookups and runs plans over them.
Knows nothing of conditions, segments or HTTP.
"""
