"""A timestamp authority asked over the network (RFC 3161), and the evidence that archive timestamps keep."""
