"""Process plumbing every floor may use: clock, logging, threads, the gRPC error table."""
