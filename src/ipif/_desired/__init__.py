"""Changes that can be rolled back: transactions, documents, plans, guards, journals."""
