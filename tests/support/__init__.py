"""What tests share: oracles, random conditions and records, builders. No test lives here."""
