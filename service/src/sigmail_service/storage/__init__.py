"""What the service keeps: the history of verdicts, and the ledger of feedback with its lessons.

* `tables`: the tables; `migrations`: how a database gets them
* `engine`: SQLite and PostgreSQL, opened alike
* `turns`: whose turn it is to write SQLite
* `store`: transactions that are on disk when they end, and what can go wrong with them
* `fingerprints`: names for messages by their features
* `history`: the verdicts, written in blocks off the request's path
* `blocks`: how many verdicts stand in one row; `verdicts`: finds them; `looking`: for people
* `feedback`: what may be said of a verdict; `holding`: what of that waits for a person
* `repeating`: requests that come twice
* `ledger`: feedback given, withdrawn and released; `trail`: who gave what when
* `lessons`: what learning reads of the ledger
* `cleaning`: what a withdrawn lesson held leaves PostgreSQL's files, too
* `copying`: backups; `migrating`: brings a database to these tables
* `moments`: times and ids
"""
