"""The tab "Text → Picture"."""
