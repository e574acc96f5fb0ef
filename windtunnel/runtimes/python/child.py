"""
A new process between its fork and its function: descriptors, isolation, the wait for a function, the move into its
root.
"""

import gc
import os
import socket
import sys

from . import bootstrap, client, isolate, rehearsal, snapshot, supervisor, system

API = 3
"""The descriptor of the Runtime API connection; 1 and 2 are the output, and there are no others."""


class Child:
    """
    Made in the fork server's loop, run after the loop has been left, so that the server's own state is out of reach.
    """

    def __init__(self, parent, message, given, like):
        """`given` are the descriptors that came with the message."""
        parent.channel.leave()
        self.parent = parent
        self.message = message
        self.like = like
        self.given = given

    def run(self):
        parent, message = self.parent, self.message
        linux = sys.platform == "linux"
        if linux:
            system.die_with_parent()
        mounts = os.dup2(self.like, 900, inheritable=False) if self.like is not None else None
        api, out = os.dup2(self.given[0], 901, inheritable=False), os.dup2(self.given[1], 902)
        control = os.dup2(self.given[2], 903, inheritable=False) if message["snapshot"] else None
        os.dup2(out, 1)
        os.dup2(out, 2)
        os.dup2(api, API, inheritable=False)
        bootstrap.attach_output()
        if not parent.isolated:
            os.setsid()
            isolate.join(message["cgroups"])
            isolate.limit_resources()
            if linux:
                system.prctl(system.PR_SET_NO_NEW_PRIVS, 1)
                isolate.filter_calls()
        elif mounts is None:
            isolate.furnish(message["cgroups"], message["tmp_mb"], settles=control is None)
        else:
            isolate.refurnish(message["cgroups"], mounts)
        if control is not None:
            os.dup2(control, snapshot.CONTROL, inheritable=False)
            os.closerange(API + 1, snapshot.CONTROL)
        system.close_from(API + 1 if control is None else snapshot.CONTROL + 1)
        parked = None
        if parent.parked:
            parked = supervisor.Parked(parent.parked, parent.parked_environ, API, message["rehearse"])
        connection = client.Client(socket.socket(fileno=API))
        try:
            connection.ask_environment()
            if message["rehearse"] and parked is None and not connection.told():
                rehearsal.rehearse()
            gc.enable()
            plan = connection.environment()
            if parent.isolated and control is not None:
                self._enclose(connection, plan, message["tmp_mb"])
            elif parent.isolated:
                if mounts is None:
                    isolate.move_in(plan["code"], plan["layers"], plan["tmp_mb"], message["tmp_mb"])
                system.drop_capabilities()
            plan["sdk"] = parent.sdk
            if plan["program"] is not None or plan["extensions"]:
                supervisor.Supervisor(connection, plan, parked).run()
            plan["runtime_path"] = parent.runtime_path
            function = bootstrap.Function(connection, plan, parent.audit, parent.imports)
            if control is not None:
                snapshot.Snapshot(function, parent.isolated).live()
            function.live()
        except client.Closed:
            os._exit(0)

    @staticmethod
    def _enclose(connection, plan, tmp_mb_now):
        """A machine that has no user namespaces left makes no snapshots; the platform does without."""
        try:
            isolate.enclose(plan["code"], plan["layers"], plan["tmp_mb"], tmp_mb_now)
        except OSError as error:
            failure = {"errorType": snapshot.IMPOSSIBLE, "errorMessage": str(error)}
            connection.fail_init(failure)
            os._exit(1)
