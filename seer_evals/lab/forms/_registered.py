"""Every form by its name; a new one is one file and its entry here."""

from seer_evals.lab.forms import library, mcp, prompt, skill, tools

FORMS = {form.name: form for form in (library.FORM, tools.FORM, skill.FORM, mcp.FORM, prompt.FORM)}
