"""The change log: on a whole disk, on one that fails, and with bugs planted."""
