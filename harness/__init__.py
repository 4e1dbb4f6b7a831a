"""What tests, benchmarks and tools share: real servers, a real browser, pictures. No PyTorch."""
