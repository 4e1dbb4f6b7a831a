"""Chores of the developers: `make lock`, `make card`."""
