"""
Gives a function a machine of its own: processes, host name, root folder, limits. The part that runs on the inside.

    fork server, once   a private copy of the mounts; a small root (`build`) with the system's programs, the
                        interpreter and AWS's folders, all read-only; the machine's own root stays reachable at /mnt
    parked child        own namespaces; /proc, /tmp, limits (`furnish`): all that needs no knowledge of the function
    start               the code at /var/task, the layers at /opt, /mnt detached, capabilities dropped (`move_in`)

A snapshot (`snapshot.py`) has run the function's code and still has to make namespaces for the environments that are
forked from it. It moves in, and then into a user namespace of its own (`enclose`): from there no mount that it has can be
taken away or made writable, and capabilities reach nothing but what it makes itself. An environment forked from it
gets new namespaces, its own /proc and a copy of /tmp (`unpack`), and nothing of that any more.

Tried and dropped: bubblewrap (5 ms and an exec), an overlay per environment (0.3 to 8 ms), a network namespace (0.4
ms, and functions must reach the platform on loopback anyway).
"""

import os
import resource
import stat

from . import descriptors, seccomp, system

HOST = "/mnt"
TASK = "/var/task"
LAYERS = "/opt"
INTERPRETER = "/var/lang"
RUNTIME = "/var/runtime"
NAMESPACES = system.CLONE_NEWNS | system.CLONE_NEWPID | system.CLONE_NEWUTS | system.CLONE_NEWIPC
REFRESHED_NAMESPACES = system.CLONE_NEWPID | system.CLONE_NEWUTS | system.CLONE_NEWIPC
OPEN_FILES = 1024  # AWS: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html

_HOST_NAME = "169.254.10.1"
_PROGRAMS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr")
_DEVICES = ("null", "zero", "full", "random", "urandom")
_ETC_COPIED = ("hosts", "resolv.conf", "ld.so.cache", "ld.so.conf", "mime.types", "os-release", "services", "protocols")
_ETC_BOUND = ("ssl", "pki", "ca-certificates", "alternatives", "ld.so.conf.d", "fonts")
_ETC_WRITTEN = {
    "passwd": "root:x:0:0:root:/root:/sbin/nologin\nsbx_user1051:x:993:990::/home/sbx_user1051:/sbin/nologin\n",
    "group": "root:x:0:\nsbx_user1051:x:990:\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n",
}
_FILTER = seccomp.build()
_FILTER_OF_SNAPSHOTS = seccomp.build(makes_environments=True)
_FLAGS_OF_PROC = system.MS_RDONLY | system.MS_NOSUID | system.MS_NODEV | system.MS_NOEXEC
_SANDBOX = b"\n127.0.0.1 sandbox sandbox.localdomain\n"
"""Where extensions listen for telemetry. AWS: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html"""
_STAT_TO_MOUNT = (
    (2, system.MS_NOSUID),
    (4, system.MS_NODEV),
    (8, system.MS_NOEXEC),
    (1024, 1024),
    (2048, 2048),
    (4096, 1 << 21),
)


def build(prefix, runtime, seen):
    """
    Move this process into a root of its own. `prefix` is where the interpreter lives, `runtime` maps names in
    /var/runtime to files and folders of the machine; where `seen`, the interpreter can be seen at its own place too.
    Raises OSError when the machine does not allow it; nothing has changed then that
    matters outside.
    """
    if os.geteuid() != 0:
        _become_master_of_a_user_namespace()
    else:
        system.unshare(system.CLONE_NEWNS)
    system.mount(None, "/", None, system.MS_REC | system.MS_PRIVATE)
    root = "/proc"  # covered for a moment: nothing that is bound below comes from there
    etc = _copied_etc()
    system.mount("windtunnel", root, "tmpfs", system.MS_NOSUID, "mode=755,size=4m")
    for name in _PROGRAMS:
        _show("/" + name, root + "/" + name)
    _show(prefix, root + INTERPRETER)
    if seen and not prefix.startswith(("/usr", LAYERS + "/", "/tmp/", "/var/task")):
        _show(prefix, root + prefix)
    for name, path in runtime.items():
        _show(path, root + RUNTIME + "/" + name)
    for folder in ("/proc", "/tmp", TASK, LAYERS, "/dev", "/run", "/etc", "/sys", HOST):
        os.makedirs(root + folder, exist_ok=True)
    for name, content in etc.items():
        with open(root + "/etc/" + name, "wb") as file:
            file.write(content)
    for name in _ETC_BOUND:
        _show("/etc/" + name, root + "/etc/" + name)
    for name in _DEVICES:
        _show("/dev/" + name, root + "/dev/" + name, read_only=False)
    for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        os.symlink("/proc/self/fd" + target, root + "/dev/" + name)
    system.pivot_root(root, root + HOST)
    os.chdir("/")
    _make_read_only("/")


def furnish(cgroups, tmp_mb, settles=True):
    """
    In a parked child with `NAMESPACES`: all that can be done before the function is known. One that does not settle yet
    is to be enclosed.
    """
    join(HOST + group for group in cgroups)
    system.mount("proc", "/proc", "proc", _FLAGS_OF_PROC)
    system.mount("tmp", "/tmp", "tmpfs", system.MS_NOSUID | system.MS_NODEV, "mode=1777,size=%dm" % tmp_mb)
    if settles:
        _settle()


def refurnish(cgroups, mounts):
    """In a child with `REFRESHED_NAMESPACES`: take over the root, the code and the /tmp of a process that died."""
    join(HOST + group for group in cgroups)
    system.enter(mounts, system.CLONE_NEWNS)
    os.chdir("/")
    # Over the old one, not in its place: a user namespace may only mount what it can still see.
    system.mount("proc", "/proc", "proc", _FLAGS_OF_PROC)
    _settle()


def move_in(code, layers, tmp_mb, tmp_mb_now):
    """Show the function its code and layers, and nothing of the host from now on."""
    _bind_read_only(HOST + code, TASK)
    if len(layers) == 1:
        _bind_read_only(HOST + layers[0], LAYERS)
    elif layers:
        lower = ":".join((HOST + layer).replace("\\", "\\\\").replace(":", "\\:") for layer in reversed(layers))
        system.mount(
            "layers", LAYERS, "overlay", system.MS_RDONLY | system.MS_NOSUID | system.MS_NODEV, "lowerdir=" + lower
        )
    if tmp_mb != tmp_mb_now:
        system.mount(
            "tmp", "/tmp", "tmpfs", system.MS_REMOUNT | system.MS_NOSUID | system.MS_NODEV, "size=%dm" % tmp_mb
        )
    system.unmount(HOST)


def enclose(code, layers, tmp_mb, tmp_mb_now):
    """In a child that is to become a snapshot: move in, then keep capabilities in a user namespace of its own only."""
    system.set_host_name(_HOST_NAME)
    limit_resources()
    itself = os.open(HOST + "/proc/self", os.O_RDONLY | os.O_DIRECTORY)  # the own /proc is read-only, for good
    move_in(code, layers, tmp_mb, tmp_mb_now)
    _become_master_of_a_user_namespace(itself)
    os.close(itself)
    system.limit_capabilities()
    filter_calls(_FILTER_OF_SNAPSHOTS)
    system.rest_capabilities()


def unpack(tmp_mb):
    """In a child of a snapshot, with `NAMESPACES`: its own processes, its own copy of /tmp, no way to change either."""
    where = os.getcwd()
    system.mount("proc", "/proc", "proc", _FLAGS_OF_PROC)
    packed = os.open("/tmp", os.O_RDONLY | os.O_DIRECTORY)
    system.mount("tmp", "/tmp", "tmpfs", system.MS_NOSUID | system.MS_NODEV, "mode=1777,size=%dm" % tmp_mb)
    own = os.open("/tmp", os.O_RDONLY | os.O_DIRECTORY)
    _copy(packed, own)
    os.close(packed)
    os.close(own)
    os.chdir(where)
    system.drop_capabilities()
    filter_calls()


def _copy(source, target):
    """What is in one open folder into another. Sockets are left out."""
    with os.scandir(source) as entries:
        for entry in entries:
            name, status = entry.name, entry.stat(follow_symlinks=False)
            mode = stat.S_IMODE(status.st_mode)
            if entry.is_symlink():
                os.symlink(os.readlink(name, dir_fd=source), name, dir_fd=target)
                continue
            if entry.is_dir(follow_symlinks=False):
                os.mkdir(name, 0o700, dir_fd=target)
                ways = os.O_RDONLY | os.O_DIRECTORY
                within = os.open(name, ways, dir_fd=source), os.open(name, ways, dir_fd=target)
                _copy(*within)
            elif entry.is_file(follow_symlinks=False):
                ways = os.O_WRONLY | os.O_CREAT | os.O_EXCL
                within = os.open(name, os.O_RDONLY, dir_fd=source), os.open(name, ways, 0o600, dir_fd=target)
                descriptors.copy(*within)
            elif stat.S_ISFIFO(status.st_mode):
                os.mkfifo(name, mode, dir_fd=target)
                continue
            else:
                continue
            os.fchmod(within[1], mode)
            os.utime(within[1], ns=(status.st_atime_ns, status.st_mtime_ns))
            for descriptor in within:
                os.close(descriptor)


def join(groups):
    """Move this process into control groups; one that refuses raises OSError."""
    for group in groups:
        descriptor = os.open(group + "/cgroup.procs", os.O_WRONLY)
        try:
            os.write(descriptor, b"0")
        finally:
            os.close(descriptor)


def limit_resources():
    """AWS's limits that any Unix can keep."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    files = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def filter_calls(filter=_FILTER):
    """A kernel without such filters goes without; the platform says so (`engine/isolation.py`)."""
    if filter is not None:
        try:
            seccomp.load(filter)
        except OSError:
            return


def _settle():
    system.set_host_name(_HOST_NAME)
    limit_resources()
    system.limit_capabilities()
    filter_calls()


def _become_master_of_a_user_namespace(itself=None):
    """`itself` is this process's folder in a /proc that can be written to; the usual one where None."""
    uid, gid = os.geteuid(), os.getegid()
    system.unshare(system.CLONE_NEWUSER | system.CLONE_NEWNS)
    for name, content in (
        ("setgroups", "deny"),
        ("uid_map", "%d %d 1" % (uid, uid)),
        ("gid_map", "%d %d 1" % (gid, gid)),
    ):
        path = "/proc/self/" + name if itself is None else name
        descriptor = os.open(path, os.O_WRONLY, dir_fd=itself)
        try:
            os.write(descriptor, content.encode())
        finally:
            os.close(descriptor)


def _copied_etc():
    content = {name: text.encode() for name, text in _ETC_WRITTEN.items()}
    for name in _ETC_COPIED:
        try:
            with open("/etc/" + name, "rb") as file:
                content[name] = file.read()
        except OSError:
            continue
    content["hosts"] = content.get("hosts", b"") + _SANDBOX
    return content


def _show(source, target, read_only=True):
    """Make a file or folder of the machine visible in the new root; what the machine does not have is left out."""
    if os.path.islink(source) and os.path.dirname(source) == "/":
        os.symlink(os.readlink(source), target)
    elif os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
        _bind_read_only(source, target)
    elif os.path.exists(source):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb"):
            pass
        if read_only:
            _bind_read_only(source, target)
        else:
            system.mount(source, target, None, system.MS_BIND)


def _bind_read_only(source, target):
    system.mount(source, target, None, system.MS_BIND | system.MS_REC)
    _make_read_only(target)


def _make_read_only(target):
    """A mount keeps the restrictions that it came with: a user namespace may not lift them."""
    came_with = os.statvfs(target).f_flag
    flags = sum(mount_flag for stat_flag, mount_flag in _STAT_TO_MOUNT if came_with & stat_flag)
    system.mount(None, target, None, system.MS_REMOUNT | system.MS_BIND | system.MS_RDONLY | flags | system.MS_NOSUID)
