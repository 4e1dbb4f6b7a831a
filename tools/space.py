"""`make space SPACE=OWNER/NAME`: uploads what serving needs to a Hugging Face Space.

Only files that git tracks are uploaded. It needs a token with write access: set `HF_TOKEN`, or run
`hf auth login`. With `--gpu` the Space also installs CUDA's libraries, and suggests hardware that
has a GPU.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from huggingface_hub import HfApi, get_token
from huggingface_hub.errors import HfHubHTTPError, HFValidationError

from tools.lock import REQUIREMENTS, ROOT, pinned

PARTS = ("app.py", "contract", "serve", "exported_models", "README.md", "LICENSE")
GPU_HARDWARE = "t4-small"
"""The smallest hardware of a Space that has a GPU, by the name that Spaces give it."""
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


def requirements(gpu: bool = False) -> str:
    """The pinned packages for serving, in the versions of the repository's requirements.txt.

    `gpu` adds CUDA's libraries.
    """
    groups = ("serve", "gpu") if gpu else ("serve",)
    return pinned(groups, "--constraints", str(REQUIREMENTS))


def sdk_version() -> str:
    """The version of Gradio that the front matter of the README asks a Space to install."""
    found = re.search(r"^sdk_version: (\S+)$", (ROOT / "README.md").read_text("utf-8"), re.M)
    assert found is not None, "the README's front matter names no sdk_version"
    return found[1]


def added_by_a_space() -> list[str]:
    """What Spaces install beside requirements.txt, in one resolution with it."""
    gradio = f"gradio[oauth,mcp]=={sdk_version()}"
    return [gradio, "uvicorn>=0.14.0", "websockets>=10.4", "spaces"]


def stage(folder: Path, gpu: bool = False) -> None:
    """Lay out in `folder` all files of the Space. The repository's own files stay as they are."""
    for path in files():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, folder / path)
    (folder / "requirements.txt").write_text(requirements(gpu), "utf-8")
    if gpu:
        readme = folder / "README.md"
        readme.write_text(_with_gpu(readme.read_text("utf-8")), "utf-8")


def _with_gpu(readme: str) -> str:
    """The README with front matter that suggests hardware with a GPU."""
    start, front, rest = readme.split("---\n", 2)
    front, n = re.subn(
        r"^suggested_hardware: .*$", f"suggested_hardware: {GPU_HARDWARE}", front, flags=re.M
    )
    assert n == 1, "the README's front matter must name suggested_hardware once"
    return "---\n".join((start, front, rest))


def main() -> None:
    """Upload the files, or list them with --dry-run."""
    parser = argparse.ArgumentParser(prog="python -m tools.space", description=__doc__)
    parser.add_argument("space", nargs="?", help="OWNER/NAME; created if it does not exist")
    parser.add_argument(
        "--dry-run", action="store_true", help="only list the files that would be uploaded"
    )
    parser.add_argument("--gpu", action="store_true", help="for a Space that has a GPU")
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
        print(_upload(options.space, token, options.gpu))
    except (HfHubHTTPError, HFValidationError, OSError) as error:
        sys.exit(f"space: {str(error).splitlines()[0]}")


def _upload(space: str, token: str, gpu: bool) -> str:
    api = HfApi(token=token)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stage(folder, gpu)
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
