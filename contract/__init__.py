"""The definitions that `train` and `serve` share. They need only NumPy, pydantic and Pillow."""
