"""Trains the two models with PyTorch and exports them to ONNX: `python -m train`."""
