"""The shelf: the list of articles, their details, the libraries. Plain pages; no Gradio here."""
