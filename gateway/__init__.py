"""What people and programs touch.

HTTP, sockets, the web UI, sign-in, imports, the catalogue and the command line. Knows how to
read a request and shape an answer; leaves every question about records to the floors below.
"""
