"""Makes the process independent of what its machine lacks or sets, before Gradio is imported."""

from __future__ import annotations

import os
import tempfile

from serve.errors import StartupError

# What HTTP clients read from the environment, in either case.
_OF_CLIENTS = {
    *("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"),
}
# Linux's folder in memory. Containers have it too, even where the rest is read-only.
_IN_MEMORY = "/dev/shm"


def prepare() -> None:
    """Set this process's environment so that no library asks anybody anything.

    To be called before Gradio is imported.
    """
    # Gradio would fetch its newest version's number, and report that it was started.
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    # The server asks nobody. But Gradio makes an HTTP client when it is imported, which fails for a
    # proxy or a file of certificates that the client cannot use.
    for name in [name for name in os.environ if name.upper() in _OF_CLIENTS]:
        del os.environ[name]


def find_temporary_folder() -> None:
    """Where no folder for temporary files can be written to, use one in memory.

    Raises `StartupError` if there is none either.
    """
    try:
        tempfile.gettempdir()
    except FileNotFoundError as error:
        if not os.access(_IN_MEMORY, os.W_OK | os.X_OK):
            raise StartupError(
                "no folder for temporary files can be written to, and uploads need one; set TMPDIR "
                "to a folder that can be written to"
            ) from error
        # For libraries that ask the environment, and for Python, which remembers its answer.
        os.environ["TMPDIR"] = tempfile.tempdir = _IN_MEMORY
