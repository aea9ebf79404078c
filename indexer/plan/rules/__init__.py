"""What plans mean the same: one rule a module, applied by ``optimise``."""
