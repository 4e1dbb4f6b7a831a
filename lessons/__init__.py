"""Small worked examples of label smoothing. Run one with `python -m lessons NAME`."""
