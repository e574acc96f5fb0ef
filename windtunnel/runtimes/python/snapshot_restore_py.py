"""
What a function imports to be told of its snapshot: AWS's library of that name, for functions that do not bring it along.

AWS: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
"""

__all__ = ["register_after_restore", "register_before_snapshot"]

_before_snapshot = []
_after_restore = []


def register_before_snapshot(func, *args, **kwargs):
    """Call `func` before the snapshot is taken, those that were registered last first. Also a decorator."""
    _before_snapshot.append((func, args, kwargs))
    return func


def register_after_restore(func, *args, **kwargs):
    """Call `func` in each environment that is restored, in the order of registration. Also a decorator."""
    _after_restore.append((func, args, kwargs))
    return func


def get_before_snapshot():
    """What is registered: the function, its arguments, its keyword arguments."""
    return _before_snapshot


def get_after_restore():
    return _after_restore
