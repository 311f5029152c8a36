"""The imperative shell: one writer, effects carried out, facts reported; it decides nothing."""
