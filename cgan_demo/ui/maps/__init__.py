"""The tab "Map ↔ Aerial"."""
