"""Trains the twins with PyTorch and exports them to ONNX: `python -m train`."""
