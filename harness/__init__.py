"""Servers, a browser and pictures for tests, benchmarks and tools. It needs no PyTorch."""
