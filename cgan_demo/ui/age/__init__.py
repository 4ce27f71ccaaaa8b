"""The tab "Age"."""
