"""A quiz with one right answer to each question, marked in the browser."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

import gradio as gr

QUESTIONS = Path(__file__).parent.parent / "static" / "quiz.json"
_CHECK = """
element.addEventListener('change', (event) => {
  const question = event.target.closest('fieldset');
  if (!question) return;
  const right = event.target.value === question.dataset.answer;
  question.dataset.result = right ? 'right' : 'wrong';
  question.querySelector('[role=status]').textContent =
    (right ? 'Right. ' : 'Not quite. ') + question.dataset.why;
});
"""


def quiz() -> gr.HTML:
    """All questions."""
    entries = json.loads(QUESTIONS.read_text(encoding="utf-8"))
    questions = "".join(_question(number, **entry) for number, entry in enumerate(entries))
    return gr.HTML(f'<div class="tw-quiz">{questions}</div>', js_on_load=_CHECK, elem_id="quiz")


def _question(number: int, question: str, options: list[str], answer: int, why: str) -> str:
    choices = "".join(
        f'<label><input type="radio" name="tw-quiz-{number}" value="{k}">{escape(text)}</label>'
        for k, text in enumerate(options)
    )
    return (
        f'<fieldset data-answer="{answer}" data-why="{escape(why)}"><legend>{escape(question)}'
        f'</legend>{choices}<p role="status"></p></fieldset>'
    )
