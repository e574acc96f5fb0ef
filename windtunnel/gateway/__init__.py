"""HTTP on one side, operations on the other: the codecs, the server, and the way from a request to an answer."""
