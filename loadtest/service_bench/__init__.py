"""Measures what the service promises under load, and says what was asked beside what was found."""
