"""Kept chats in the window: written while they stream, listed, opened, exported, judged. Knows no Gradio."""
