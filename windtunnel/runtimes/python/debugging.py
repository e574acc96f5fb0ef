"""A debugger in a function's process: `debugpy`, from the machine on which windtunnel runs, listens before the handler's module is imported."""

import importlib
import sys


def wait(plan, say):
    """
    Return when a debugger is attached. `plan` has the port, the folder with debugpy, and the interpreter that its adapter
    runs on; that folder is no part of the function's search path.
    """
    folder, port = plan["folder"], plan["port"]
    sys.path.append(folder)
    try:
        debugpy = importlib.import_module("debugpy")
        debugpy.configure(python=plan["python"], subProcess=False)
        debugpy.listen(("127.0.0.1", port))
    except Exception:
        say("debugpy does not start on Python %d.%d; it may be too new for it.\n" % sys.version_info[:2])
        raise
    finally:
        sys.path.remove(folder)
    say("Waiting for a debugger at 127.0.0.1:%d.\n" % port)
    debugpy.wait_for_client()
