"""Which truths hold of the flow: each system is read once, within a bound, and judged purely."""
