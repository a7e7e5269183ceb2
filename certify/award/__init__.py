"""The award record: the one frozen statement that page, credential, register and report all repeat."""
