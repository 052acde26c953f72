"""V2's books of settlement: what the domain computes, read from V2 and written to it."""
