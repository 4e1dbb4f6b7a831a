"""Serves the twins with ONNX Runtime: REST and the page. Never imports torch."""
