"""The containers' part of bench/run: what takes more than one command."""
import ctypes, json, os, re, shutil, subprocess, time
from pathlib import Path

from tables import heading, row

UNIFIED = Path("/sys/fs/cgroup/unified/cgroup.controllers")
failures = []


class Runtime:
    """A program with runc's commands, without control groups where it can do without."""

    def __init__(self, name, words, state, options=()):
        self.name, self.state = name, state
        self.words = [*words, "--root", str(state), *options]

    def command(self, *words):
        return [*self.words, *map(str, words)]

    def do(self, *words):
        """Runs a command; gives its wall time in milliseconds."""
        return timed(self.command(*words), self.name)


def timed(command, name):
    begin = time.perf_counter()
    process = os.posix_spawn(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0)])
    _, status = os.waitpid(process, 0)
    passed = (time.perf_counter() - begin) * 1000
    if status:
        failures.append(f"{name}: {' '.join(command)} ended with wait status {status:#x}")
    return passed


def figures(times):
    times = sorted(times)
    return times[len(times) // 2], times[len(times) // 10]


def compare(title, measured):
    """`measured` are (name, times); the first is what the ratios refer to."""
    heading(title, "command", "median ms", "10th percentile ms", f"median × {measured[0][0]}", f"10th percentile × {measured[0][0]}")
    base = figures(measured[0][1])
    for name, times in measured:
        median, tenth = figures(times)
        row(name, f"{median:.2f}", f"{tenth:.2f}", f"{median / base[0]:.2f}", f"{tenth / base[1]:.2f}")


def bundle(directory, name, args, change=lambda config: None):
    made = directory / name
    shutil.copytree(directory / "bundle", made)
    shutil.copy(directory / "pause", made / "rootfs" / "pause")
    config = json.loads((made / "config.json").read_text())
    config["process"]["args"] = args
    change(config)
    (made / "config.json").write_text(json.dumps(config))
    return made


def pid_of(runtime, container):
    state = subprocess.run(runtime.command("state", container), stdout=subprocess.PIPE, check=True)
    return json.loads(state.stdout)["pid"]


def steps(runtimes, place, rounds):
    """Each command of a container's life."""
    taken = {runtime.name: {step: [] for step in ("create", "start", "kill", "delete")} for runtime in runtimes}
    for _ in range(rounds):
        for runtime in runtimes:
            times = taken[runtime.name]
            times["create"].append(runtime.do("create", "-b", place, "bench"))
            times["start"].append(runtime.do("start", "bench"))
            times["kill"].append(runtime.do("kill", "bench", "KILL"))
            while json.loads(subprocess.run(runtime.command("state", "bench"), stdout=subprocess.PIPE).stdout)["status"] != "stopped":
                time.sleep(0.001)
            times["delete"].append(runtime.do("delete", "bench"))
    for step in ("create", "start", "kill", "delete"):
        compare(f"`{step}`", [(runtime.name, taken[runtime.name][step]) for runtime in runtimes])


def added(runtimes, floor, place, rounds):
    """A process in a container that runs."""
    for runtime in runtimes:
        runtime.do("run", "-d", "-b", place, "bench")
    process = pid_of(runtimes[0], "bench")
    taken = {name: [] for name in ("C floor", *(runtime.name for runtime in runtimes))}
    for _ in range(rounds):
        taken["C floor"].append(timed([floor, "-e", str(process), "/true"], "floor"))
        for runtime in runtimes:
            taken[runtime.name].append(runtime.do("exec", "bench", "/true"))
    for runtime in runtimes:
        runtime.do("delete", "-f", "bench")
    compare("`exec` into a container that runs", list(taken.items()))


def filters(runtimes, directory, true, rounds, count):
    """What a profile that permits `count` system calls adds."""
    macros = subprocess.run(["cc", "-E", "-dM", "-include", "sys/syscall.h", "-xc", "/dev/null"], check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    numbered = re.findall(r"^#define __NR_(\w+) (\d+)$", macros, re.MULTILINE)
    calls = [name for name, number in sorted(numbered, key=lambda call: int(call[1]))][:count]
    profile = {"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"],
               "syscalls": [{"names": calls, "action": "SCMP_ACT_ALLOW"}]}
    filtered = bundle(directory, "filtered", ["/true"], lambda config: config["linux"].update(seccomp=profile))
    taken = {}
    for _ in range(rounds):
        for runtime in runtimes:
            taken.setdefault(runtime.name, []).append(runtime.do("run", "-b", true, "bench"))
            taken.setdefault(runtime.name + " with the profile", []).append(runtime.do("run", "-b", filtered, "bench"))
    compare(f"Run a container, without and with a profile of {count} system calls", list(taken.items()))


def crowd(ours, floor, place, true, rounds, count):
    """A start beside many containers, and one beside none."""
    taken = {}
    def measure(suffix):
        floors, starts = taken.setdefault("C floor" + suffix, []), taken.setdefault(ours.name + suffix, [])
        for _ in range(rounds):
            floors.append(timed([floor, str(true / "rootfs"), "/true"], "floor"))
            starts.append(ours.do("run", "-b", true, "bench"))
    measure("")
    for number in range(count):
        ours.do("run", "-d", "-b", place, f"bench{number}")
    measure(f", beside {count}")
    for number in range(count):
        ours.do("delete", "-f", f"bench{number}")
    compare(f"Run a container beside {count} that run", list(taken.items()))


def mounts(ours, floor, place, true, rounds, count):
    """A start with a long table of mounts, which the kernel copies for whoever makes a mount namespace."""
    taken = {"C floor": [], ours.name: [], f"C floor, {count} mounts": [], f"{ours.name}, {count} mounts": []}
    def measure(suffix):
        for _ in range(rounds):
            taken["C floor" + suffix].append(timed([floor, str(true / "rootfs"), "/true"], "floor"))
            taken[ours.name + suffix].append(ours.do("run", "-b", true, "bench"))
    measure("")
    table = place / "table"
    table.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "table", table], check=True)
    for number in range(count):
        (table / str(number)).mkdir()
        subprocess.run(["mount", "--bind", table / str(number), table / str(number)], check=True)
    measure(f", {count} mounts")
    subprocess.run(["umount", "-R", table], check=True)
    table.rmdir()
    compare("Run a container, with a long table of mounts", list(taken.items()))


def world(states):
    """Moves into a mount namespace of our own, where `states` is a tmpfs, as the /run of most machines is. A runtime that refuses
    groups of both versions at once (crun) sees a version 2 without controllers there."""
    if ctypes.CDLL(None, use_errno=True).unshare(0x00020000):
        raise OSError(ctypes.get_errno(), "unshare")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    states.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "states", states], check=True)
    if UNIFIED.exists() and UNIFIED.read_text().strip():
        subprocess.run(["mount", "--bind", "/dev/null", UNIFIED], check=True)


def containers(directory, rounds, quick):
    """Prints the tables; gives what failed."""
    disabled = ("--cgroup-manager=disabled",)
    ours = Runtime("`insula oci`", [str(directory / "insula"), "oci"], directory / "states" / "insula", disabled)
    peers = [Runtime(f"`{name}`", [path], directory / "states" / name, options)
             for name, options in (("crun", disabled), ("runc", ())) if (path := shutil.which(name))]
    pause, true, floor = bundle(directory, "pause-bundle", ["/pause"]), directory / "bundle", str(directory / "floor-oci")
    added([ours, *peers], floor, pause, rounds)
    steps([ours, *peers], pause, rounds)
    filters([ours, *peers], directory, true, rounds, 300)
    crowd(ours, floor, pause, true, rounds, 10 if quick else 1000)
    mounts(ours, floor, directory, true, rounds, 10 if quick else 4000)
    return failures
