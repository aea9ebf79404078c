"""One suite for every Protocol, over each of its implementations: equal answers, equal errors."""
