"""What the service keeps: the history of verdicts, and the ledger of feedback with its lessons.

* `tables`: the tables; `migrations`: how a database gets them
* `engine`: SQLite and PostgreSQL, opened alike
* `store`: transactions that are on disk when they end, and what can go wrong with them
* `fingerprints`: names for messages by their features
* `history`: the verdicts, written in batches off the request's path
* `ledger`: feedback given, withdrawn and released; `lessons`: what learning reads of it
"""
