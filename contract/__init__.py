"""What `train` promises and `serve` relies on: NumPy, pydantic and Pillow only."""
