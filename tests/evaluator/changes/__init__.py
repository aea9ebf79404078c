"""Changes from bytes to stored form: the short way and the careful one."""
