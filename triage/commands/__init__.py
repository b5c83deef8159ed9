"""The commands a person types, one module per subject. Each prints, none decides."""
