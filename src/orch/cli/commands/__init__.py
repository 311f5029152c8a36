"""The verbs, a file per noun; each file imports nothing that its plain use does not need."""
