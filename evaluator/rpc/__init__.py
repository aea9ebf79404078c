"""The evaluator over gRPC: wire and server."""
