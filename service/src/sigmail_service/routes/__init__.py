"""The routes, one blueprint a concern."""
