"""Dagster's view of the chain: one module a stage, in flow order. The graph loads offline."""
