"""Plans: lookups combined by and / or / minus, and the algebra that runs them on a shard. Pure."""
