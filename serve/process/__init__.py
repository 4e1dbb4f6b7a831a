"""The server as one process or several: uvicorn, its limits on headers, and its end."""
