"""Change streams in: windows, envelopes, the applier, and Debezium over a real Redis."""
