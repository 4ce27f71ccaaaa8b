"""Games in the plane, in which everything can be drawn: what an objective does to a small GAN."""
