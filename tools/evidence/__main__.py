"""`python -m tools.evidence` writes docs/evidence.md."""

from __future__ import annotations

from tools.evidence.page import PAGE, of_the_published

if __name__ == "__main__":
    PAGE.write_text(of_the_published(), encoding="utf-8")
