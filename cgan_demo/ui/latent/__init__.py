"""The tab "Latent space"."""
