"""Flask: pages, JSON API, problem documents, sign-in."""
