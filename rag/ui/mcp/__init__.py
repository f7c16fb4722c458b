"""The Model Context Protocol: Footnote's articles as tools of other programs' models, over HTTP (/mcp) and stdio.

Knows no Gradio and no model.
"""
