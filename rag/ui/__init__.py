"""The window: chat, source panel, article pages. The only room that knows Gradio, and it loads it when asked to."""
