"""Small worked examples of label smoothing, each runnable: `python -m lessons NAME`."""
