"""The competence framework as data: the model, its file format and its rules."""
