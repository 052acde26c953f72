"""The domain of settlement: calendar, terms, money, batches, reserve, statements, uploads. Pure."""
