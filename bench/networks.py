"""The networks' part of bench/run. It runs in a world of its own (network, mount and PID namespaces), and prints markdown tables.

    networks.py DIRECTORY ROUNDS QUICK      as bench/run calls it; DIRECTORY has the programs
"""
import shutil, statistics, subprocess, sys, time
from pathlib import Path

sys.dont_write_bytecode = True
import traffic
from tables import heading, row

NETNS = Path("/run/netns")
failures = []


def sh(script, environment=None):
    return subprocess.run(["sh", "-c", script], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def address(number):
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}/8"


def outside(number):
    """What is done outside for one namespace, in the words of ip(8)."""
    return [f"netns add n{number}", f"link add v{number} type veth peer name eth0 netns n{number}",
            f"link set v{number} master lan up"]


def inside(number):
    return ["link set lo up", "link set eth0 up", f"addr add {address(number + 1)} dev eth0"]


def loop(ip, count):
    """One command a step, as people write it."""
    lines = [f"{ip} link add lan type bridge", f"{ip} link set lan up"]
    for number in range(count):
        lines += [f"{ip} {step}" for step in outside(number)]
        lines += [f"{ip} -n n{number} {step}" for step in inside(number)]
    return "\n".join(lines)


def batch(ip, count, directory):
    """One `-batch` outside, and one for each namespace: `-batch` stays in the namespace that it began in."""
    steps = ["link add lan type bridge", "link set lan up"] + [step for number in range(count) for step in outside(number)]
    (directory / "outside").write_text("\n".join(steps) + "\n")
    lines = [f"{ip} -batch {directory}/outside"]
    for number in range(count):
        (directory / f"inside{number}").write_text("\n".join(inside(number)) + "\n")
        lines.append(f"{ip} -n n{number} -batch {directory}/inside{number}")
    return "\n".join(lines)


def delete(ip, count, directory):
    """Takes all names away, in one `-batch`; with `-force` ours need not look whether one was refused before it goes on."""
    (directory / "delete").write_text("".join(f"netns delete n{number}\n" for number in range(count)))
    return f"{ip} -force -batch {directory}/delete"


def single(ip, count, directory):
    """One `-batch` for all of them, as only ours can: a line names the namespace that it is about. The bridge comes up at the end."""
    steps = ["link add lan type bridge"] + [f"netns add n{number}" for number in range(count)]
    steps += [step for number in range(count) for step in outside(number)[1:]]
    steps += [f"-n n{number} {step}" for number in range(count) for step in inside(number)]
    (directory / "single").write_text("\n".join(steps + ["link set lan up"]) + "\n")
    return f"{ip} -force -batch {directory}/single"


def topology(count, path):
    """A lab of nodes that are network namespaces only, each on one bridge."""
    lines = ["name: bench", "topology:", "  defaults: {namespaces: [net]}", "  nodes:", "    lan:", "      kind: bridge"]
    links = []
    for number in range(count):
        lines += [f"    n{number}:", "      kind: linux"]
        links += [f'    - endpoints: ["n{number}:eth0", "lan:v{number}"]', f"      addr: [{address(number + 1)}, \"\"]"]
    path.write_text("\n".join(lines + ["  links:"] + links) + "\n")


def pairs():
    """How many ends of pairs are still here: the kernel takes its time to clean up."""
    return sum(line.lstrip().startswith("v") for line in Path("/proc/net/dev").read_text().splitlines())


def clean():
    for file in NETNS.iterdir():
        subprocess.run(["umount", "-l", file], stderr=subprocess.DEVNULL)
        file.unlink(missing_ok=True)
    sh("ip link delete lan")
    deadline = time.monotonic() + 120
    while pairs() and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(0.5)


def build(directory, count, rounds):
    """Makes the same network in each way in turn."""
    scratch = directory / "scratch"
    scratch.mkdir(exist_ok=True)
    lab = scratch / "lab.yml"
    topology(count, lab)
    floor, ours, insula = directory / "floor-nets", directory / "links/ip", directory / "insula"
    remove = f"{directory / 'floor-delete'} {count} {NETNS}"
    ways = [("C floor, ports up one by one", f"{floor} {count} {NETNS}", None, False),
            ("C floor, the bridge up at the end", f"{floor} {count} {NETNS} late", ("C floor", remove), False),
            ("`insula lab up`", f"{insula} lab up {lab}", ("`insula lab down`", f"{insula} lab down bench"), True),
            ("`ip -batch` (insula)", batch(ours, count, scratch),
             ("`ip -force -batch`, `netns delete` (insula)", delete(ours, count, scratch)), True),
            ("`ip -force -batch`, one file (insula)", single(ours, count, scratch), None, True)]
    if peer := shutil.which("ip"):
        scratch2 = directory / "scratch-peer"
        scratch2.mkdir(exist_ok=True)
        ways.append(("`ip -batch` (iproute2)", batch(peer, count, scratch2),
                     ("`ip -force -batch`, `netns delete` (iproute2)", delete(peer, count, scratch2)), False))
        if count <= 1000:
            ways.append(("`ip` in a loop (iproute2)", loop(peer, count), None, False))
    times, undone = {name: [] for name, *_ in ways}, {undo[0]: [] for _, _, undo, _ in ways if undo}
    for _ in range(rounds):
        for name, script, undo, ours_ in ways:
            times[name].append(clocked(scratch, script, name, ours_))
            if undo:
                # Until the hosts have told each other which multicast groups they are in.
                time.sleep(2)
                undone[undo[0]].append(clocked(scratch, undo[1], undo[0], ours_))
            clean()
    heading(f"Make {count} named network namespaces, each with a veth pair to one bridge, an address, loopback and link up",
            "by", "median ms in all", "ms a namespace", "× first floor", "× second floor")
    floors = [statistics.median(times[name]) for name, *_ in ways[:2]]
    for name, *_ in ways:
        median = statistics.median(times[name])
        row(name, f"{median * 1e3:.0f}", f"{median * 1e3 / count:.2f}", *(f"{median / floor:.2f}" for floor in floors))
    heading(f"Take {count} of them away, until the call returns", "by", "median ms in all", "× floor")
    for name, measured in undone.items():
        median = statistics.median(measured)
        row(name, f"{median * 1e3:.0f}", f"{median / statistics.median(undone['C floor']):.2f}")


def clocked(scratch, script, name, ours):
    """The seconds that a script takes; not a number if it fails."""
    (scratch / "script").write_text(script)
    start = time.monotonic()
    done = subprocess.run(["sh", scratch / "script"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    seconds = time.monotonic() - start
    if done.returncode:
        print(f"bench: {name}: {done.stderr.strip()[-300:]}", file=sys.stderr)
        if ours:
            failures.append(name)
        return float("nan")
    return seconds


def stopwatch(directory, commands, rounds, *cores):
    answer = subprocess.run([directory / "stopwatch", str(rounds), *cores], check=True, text=True, stdout=subprocess.PIPE,
                            input="".join(command + "\n" for command in commands))
    return [tuple(map(float, line.split())) for line in answer.stdout.splitlines()]


def timed(directory, title, rows, rounds, *cores):
    heading(title, "command", "median µs", "10th percentile µs", "median × first")
    measured = stopwatch(directory, [command for _, command, _ in rows], rounds, *cores)
    for (name, _, ours), (median, tenth, status) in zip(rows, measured):
        if status:
            row(name, f"fails (wait status {int(status):#x})", "", "")
            if ours:
                failures.append(f"{title}: {name}")
        else:
            row(name, f"{median:.0f}", f"{tenth:.0f}", f"{median / measured[0][0]:.2f}")


def use(directory, count, rounds):
    """What is there is used: commands inside, and lists, which may use all cores."""
    subprocess.run([directory / "floor-nets", str(count), NETNS, "late"], check=True)
    # Until the hosts have told each other which multicast groups they are in.
    time.sleep(min(count / 50, 20))
    true, links, peer = directory / "true", directory / "links", shutil.which("ip")
    # A set whose commands share one mount namespace that lasts.
    subprocess.run([directory / "insula", "net", "dns", "n4", "--server", "10.0.0.1"], check=True, stdout=subprocess.DEVNULL)
    target = NETNS / "n3"
    rows = [("C floor: enters and executes", f"{directory}/floor-enter {target} {true}", False),
            ("C floor with a new `/sys`, as `ip netns exec`", f"{directory}/floor-enter {target} -s {true}", False),
            ("`ip netns exec` (insula)", f"{links}/ip netns exec n3 {true}", True),
            ("`ip netns exec` (insula), after `insula net dns`", f"{links}/ip netns exec n4 {true}", True),
            ("`nsenter --net` (insula)", f"{links}/nsenter --net={target} {true}", True)]
    rows += [("`ip netns exec` (iproute2)", f"{peer} netns exec n3 {true}", False)] if peer else []
    if nsenter := shutil.which("nsenter"):
        rows.append(("`nsenter --net` (util-linux)", f"{nsenter} --net={target} {true}", False))
    timed(directory, f"A command in one of {count} named network namespaces", rows, rounds)
    names = directory / "floor-names"
    floors = {"netns list": f"{names} {NETNS}", "-j link": f"{names} -", "link": f"{names} {NETNS} links"}
    for words in ["netns list", "link", "-j link", "addr", "route"]:
        rows = [("C floor", floors[words], False)] if words in floors else []
        rows += [(f"`ip {words}` (insula)", f"{links}/ip {words}", True)]
        rows += [(f"`ip {words}` (iproute2)", f"{peer} {words}", False)] if peer else []
        timed(directory, f"`ip {words}` with {count} named network namespaces", rows, max(rounds // 10, 3), "all")
    clean()


def main():
    directory, rounds, quick = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "quick"
    subprocess.run(["mount", "-t", "tmpfs", "bench", "/run"], check=True)
    NETNS.mkdir()
    for count in [5] if quick else [100, 1000]:
        build(directory, count, 1 if quick else 3)
    use(directory, 5 if quick else 1000, 3 if quick else rounds)
    if shutil.which("ip") and shutil.which("nft"):
        measured = traffic.table(directory, NETNS, *(1, 50, 5) if quick else (9, 500, 2000))
        failures.extend([] if measured else ["traffic"])
    else:
        print("\nip and nft are not both installed: traffic is not measured", file=sys.stderr)
    for failure in failures:
        print(f"bench: a command of ours failed: {failure}", file=sys.stderr)
    sys.exit(1 if failures else 0)


main()
