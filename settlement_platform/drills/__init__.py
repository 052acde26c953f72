"""Drills: each breaks one thing of the local stack on purpose, and reports how it went."""
