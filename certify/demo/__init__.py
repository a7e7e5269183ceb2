"""The main job on shipped records: a scheme, two cohorts, a decision by a second person, certificates."""
