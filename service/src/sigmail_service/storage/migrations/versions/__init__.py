"""The migrations, one a file; one that was released is never changed."""
