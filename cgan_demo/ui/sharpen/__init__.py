"""The tab "Sharpen"."""
