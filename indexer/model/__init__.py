"""The index's own words: ids, schema, change, record, limits, errors. Pure; does no I/O."""
