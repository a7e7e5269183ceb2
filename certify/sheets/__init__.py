"""Tables as other programs write them: CSV in any usual dress, and Excel workbooks."""
