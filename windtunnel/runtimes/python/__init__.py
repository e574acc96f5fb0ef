"""
The Python runtime: a fork server on the machine's side, AWS's life cycle of a function inside. Python 3.8 and later.

Inside an interpreter of its own this folder is imported under the name `_windtunnel` (see `zygote.py`), so that a
function's own modules called `client` or `audit` are not shadowed.
"""
