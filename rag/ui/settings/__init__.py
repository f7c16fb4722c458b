"""The settings and the check-up as pages: what can be chosen, what holds, what to see to. No Gradio here."""
