"""The page: a Gradio application for people, beside REST for programs."""
