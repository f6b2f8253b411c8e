"""The verbs of the ledger, one a file: they reach the same database as the service."""
