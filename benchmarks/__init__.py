"""How many certificates and answers a second: ``make bench`` (docs/bench.md)."""
