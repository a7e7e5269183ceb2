"""Letters to people: what kinds there are, their words, the queue, and who delivers them."""
