"""For other programs: a JSON API under /api/v1 and an OpenAI-compatible one under /v1, with a page that describes them.

Knows no Gradio and no model.
"""
