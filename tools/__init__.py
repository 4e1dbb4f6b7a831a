"""Chores of the developers, one a `make` target: card, claims, lock, screenshots, space."""
