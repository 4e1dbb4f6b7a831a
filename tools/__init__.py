"""Developer tasks, one for each `make` target: card, claims, evidence, lock, screenshots, space."""
