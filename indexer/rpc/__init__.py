"""The index over gRPC: wire, client, server."""
