"""`make space SPACE=OWNER/NAME`: uploads what serving needs to a Hugging Face Space.

Only files that git tracks are uploaded. It needs a token with write access: set `HF_TOKEN`, or run
`hf auth login`.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from huggingface_hub import HfApi, get_token
from huggingface_hub.errors import HfHubHTTPError, HFValidationError

from tools.lock import REQUIREMENTS, ROOT, pinned

PARTS = ("app.py", "contract", "serve", "exported_models", "README.md", "LICENSE")
# The plots are for readers of the repository; the page draws its own.
_NOT_SERVED = (".png", ".svg")


def files() -> list[str]:
    """The paths of the files to upload, besides requirements.txt."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", *PARTS], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    return [path for path in listed.split("\0") if path and _is_served(path)]


def _is_served(path: str) -> bool:
    plot = path.startswith(("exported_models/evidence/", "exported_models/sweep/"))
    return not (plot and path.endswith(_NOT_SERVED))


def requirements() -> str:
    """The pinned packages for serving, in the versions of the repository's requirements.txt."""
    return pinned(("serve",), "--constraints", str(REQUIREMENTS))


def main() -> None:
    """Upload the files, or list them with --dry-run."""
    parser = argparse.ArgumentParser(prog="python -m tools.space", description=__doc__)
    parser.add_argument("space", nargs="?", help="OWNER/NAME; created if it does not exist")
    parser.add_argument(
        "--dry-run", action="store_true", help="only list the files that would be uploaded"
    )
    options = parser.parse_args()
    if options.dry_run:
        print("\n".join([*files(), "requirements.txt"]))
        return
    token = get_token()
    if not options.space or "/" not in options.space:
        sys.exit(f"space: {options.space!r} is not the name of a Space; give OWNER/NAME")
    if token is None:
        sys.exit("space: no token was found; set HF_TOKEN, or run `hf auth login`")
    try:
        print(_upload(options.space, token))
    except (HfHubHTTPError, HFValidationError, OSError) as error:
        sys.exit(f"space: {str(error).splitlines()[0]}")


def _upload(space: str, token: str) -> str:
    api = HfApi(token=token)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path in files():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, folder / path)
        (folder / "requirements.txt").write_text(requirements())
        api.create_repo(space, repo_type="space", space_sdk="gradio", exist_ok=True)
        done = api.upload_folder(
            repo_id=space,
            repo_type="space",
            folder_path=folder,
            # Files that are no longer needed are deleted in the same commit.
            delete_patterns="*",
            commit_message="Twinlabel",
        )
    return str(done.commit_url)


if __name__ == "__main__":
    main()
