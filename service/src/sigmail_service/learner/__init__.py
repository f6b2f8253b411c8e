"""Learning from the ledger, in a process of its own, so that judging never waits for it.

* `canary`: mail that a candidate had better not change its mind about
* `lessons`: what a base is taught; `forgetting`: models that had learnt what was taken back are removed
* `training`: the one door to the library's learning
* `gate`: whether a candidate may judge
* `run`: a job from its lessons to its end
* `process`: the process; `keeping`: what `sigmail serve` does to have one
* `command`: `sigmail models` and `sigmail replay`
"""
