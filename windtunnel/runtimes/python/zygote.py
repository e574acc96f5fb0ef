"""
A fork server: one process with one thread and the runtime imported, from which environments are forked in about a
millisecond.

It is told over a Unix socket what to fork; each request comes with two descriptors, the child's end of its Runtime
API connection and the writing end of its output. It tells which process it forked and which one ended. When the
socket closes, the platform is gone, however it went, and all children are killed.

    {"set up": {...}}              first message; answered by {"isolation": "" or why not, "shared": KiB}
    {"fork": key, "cgroups": [...], "tmp_mb": n, "like": pid, "rehearse": bool, "snapshot": bool}
                                   with two descriptors; answered by {"forked": key, "pid": pid}
    {"kill": pid}   {"terminate": pid}   {"forget": pid}          end a child; send it SIGTERM; let go of the root it left
    {"exited": pid, "status": wait status}                        from here, when a child has ended

"like" names a child that ended, whose root and /tmp the new one takes over. One with "snapshot" gets a third
descriptor, on which it is to speak the same language as this one (`snapshot.py`).
"""

import gc
import importlib.util
import os
import resource
import signal
import socket
import sys


def _adopt_package():
    """This folder as the package `_windtunnel`, wherever it is, without putting it on the search path."""
    folder = os.path.dirname(os.path.abspath(__file__))
    spec = importlib.util.spec_from_file_location(
        "_windtunnel", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["_windtunnel"] = module
    spec.loader.exec_module(module)
    return folder


class Zygote:
    def __init__(self, control):
        from _windtunnel import audit, imports
        from _windtunnel.control import Channel

        self.channel = Channel(control, self._reap)
        self.children = set()
        self.group_parents = set()
        self.roots = {}
        self.isolated = False
        self.runtime_path = []
        self.sdk = {}
        self.parked = None
        self.parked_environ = {}
        self.audit = audit.Audit()
        self.imports = imports.Imports()

    def serve(self):
        """Returns in the parent when the platform is gone; in a child, what the child is to run."""
        return self.channel.serve(self._obey)

    def _obey(self, message):
        if "fork" in message:
            return self._fork(message)
        if "kill" in message:
            if message["kill"] in self.children:
                self._end(message["kill"])
        elif "terminate" in message:
            if message["terminate"] in self.children:
                os.kill(message["terminate"], signal.SIGTERM)
        elif "forget" in message:
            self._forget(message["forget"])
        elif "set up" in message:
            self._set_up(**message["set up"])
        return None

    def _set_up(self, isolate, prefix, runtime, sdk, preload, python, parked, parked_environ):
        """
        `python` says whether the runtime is; if not, `parked` may be the program that each child starts at once, as a
        command line in the isolated root and one outside.
        """
        from _windtunnel import imports

        reason = "" if isolate else "switched off"
        if isolate:
            reason = self._build_root(prefix, runtime, python)
            self.isolated = not reason
        if parked is not None:
            self.parked, self.parked_environ = parked[0 if self.isolated else 1], parked_environ
        self.audit.watch()
        self.imports.watch()
        if self.isolated:
            self.runtime_path = ["/var/runtime"]
        else:
            self.sdk = sdk
            sys.meta_path.append(imports.Offer(sdk))
        if preload:
            self._preload(preload)
        gc.collect()
        gc.freeze()
        self.channel.tell({"isolation": reason, "shared": self._resident_kb()})

    def _resident_kb(self):
        """Not from getrusage, which remembers the process that this one was started from."""
        try:
            with open(("/mnt" if self.isolated else "") + "/proc/self/statm") as file:
                return int(file.read().split()[1]) * resource.getpagesize() // 1024
        except OSError:
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def _build_root(self, prefix, runtime, python):
        try:
            from _windtunnel import isolate

            isolate.build(prefix, runtime, python)
        except (OSError, AttributeError, ImportError) as error:
            return str(error)
        if not python:
            return ""
        home = sys.base_prefix
        sys.path[:] = [isolate.INTERPRETER + p[len(home) :] if p.startswith(home + "/") else p for p in sys.path]
        sys.path_importer_cache.clear()
        sys.prefix = sys.exec_prefix = sys.base_prefix = sys.base_exec_prefix = isolate.INTERPRETER
        sys.executable = "%s/bin/python%d.%d" % ((isolate.INTERPRETER,) + sys.version_info[:2])
        sys.modules["_windtunnel"].__path__[:] = [isolate.RUNTIME + "/_windtunnel"]
        return ""

    def _preload(self, names):
        from _windtunnel import audit, preloaded

        sys.path.extend(self.runtime_path)
        before = set(sys.modules)
        with preloaded.Using() as using:
            for name in names:
                known = set(sys.modules)
                try:
                    importlib.import_module(name)
                except Exception:  # too new for this interpreter; a function that needs it is told so
                    for incomplete in set(sys.modules) - known:
                        del sys.modules[incomplete]
        del sys.path[len(sys.path) - len(self.runtime_path) :]
        new = [name for name, module in sys.modules.items() if name not in before and hasattr(module, "__spec__")]
        if "botocore.session" in new:
            audit.watch_clients(sys.modules["botocore.session"], self.audit)
        sys.meta_path.insert(0, preloaded.Preloaded(self.imports, new, self.imports.take(), using.by))

    def _fork(self, message):
        from _windtunnel import isolate, system
        from _windtunnel.child import Child

        descriptors = self.channel.descriptors
        given = [descriptors.pop(0) for _ in range(3 if message["snapshot"] else 2)]
        like = self.roots.get(message.get("like"))
        try:
            if not self.isolated:
                pid = os.fork()
            else:
                pid = system.fork_into(isolate.NAMESPACES if like is None else isolate.REFRESHED_NAMESPACES)
        except OSError as error:
            _close(given)
            self.channel.tell({"forked": message["fork"], "pid": 0, "reason": str(error)})
            return None
        if pid == 0:
            return Child(self, message, given, like)
        _close(given)
        self.children.add(pid)
        self.group_parents.update(os.path.dirname(group) for group in message["cgroups"])
        self.channel.tell({"forked": message["fork"], "pid": pid})
        if self.isolated:
            if like is None:
                self.roots[pid] = os.open("/mnt/proc/%d/ns/mnt" % pid, os.O_RDONLY | os.O_CLOEXEC)
            else:
                self.roots[pid] = self.roots.pop(message["like"])
        return None

    def _end(self, pid):
        try:
            if not self.isolated:
                os.killpg(pid, signal.SIGKILL)
        except OSError:
            pass
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass

    def _forget(self, pid):
        root = self.roots.pop(pid, None)
        if root is not None:
            os.close(root)

    def _reap(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if not self.isolated:
                self._end(pid)
            self.children.discard(pid)
            self.channel.tell({"exited": pid, "status": status})

    def close(self):
        """Kill and reap every child, and remove the control groups that nobody uses any more."""
        for pid in list(self.children):
            self._end(pid)
        while self.children:
            try:
                self.children.discard(os.waitpid(-1, 0)[0])
            except ChildProcessError:
                break
        for parent in self.group_parents:
            parent = ("/mnt" if self.isolated else "") + parent
            try:
                for name in os.listdir(parent):
                    if name.isdigit():
                        _remove(os.path.join(parent, name))
                _remove(parent)
            except OSError:
                pass


def _close(descriptors):
    for descriptor in descriptors:
        os.close(descriptor)


def _remove(folder):
    try:
        os.rmdir(folder)
    except OSError:
        pass


def main():
    _adopt_package()
    gc.disable()
    from _windtunnel import (  # noqa: F401 - what every child needs
        bootstrap,
        child,
        client,
        isolate,
        rehearsal,
        snapshot,
        supervisor,
    )

    zygote = Zygote(socket.socket(fileno=int(sys.argv[1])))
    forked = zygote.serve()
    if forked is None:
        zygote.close()
    else:
        forked.run()


if __name__ == "__main__":
    main()
