"""The starter model: how it is trained, and how it is measured. These scripts need the corpora."""
