"""The models that there are, and which of them judges.

* `places`: a folder or an fsspec URL, in which a file is there whole or not at all
* `records`: what is known of a model beside its file
* `registry`: the models, each named by the digest of its content, and the pointers to those that judge
* `checking`: whether a model file may judge
* `loading`: filters from the files, by way of copies that workers map and share
* `serving`: the filters of a worker, which follow the pointers
* `jobs`: what was asked of the learner, and what came of it
"""
