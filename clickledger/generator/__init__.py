"""Made-up clicks that look real, the same ones for the same seed, and the truth on them."""
