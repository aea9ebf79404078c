"""The gateway through its front door: HTTP, sockets, the command line, real processes."""
