"""What `train` promises and `serve` relies on: NumPy and pydantic only."""
