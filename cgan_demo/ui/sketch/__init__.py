"""The tab "Sketch → Photo"."""
