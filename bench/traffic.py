"""Traffic through what `insula net` makes, and through the same made by hand with iproute2 and nft, in turn."""
import os, signal, statistics, subprocess, time
from tables import heading, row

PORT = 5001

# A router, and what it is between: somebody to connect from, and two to connect to, one of them by a bridge too.
BY_HAND = """
ip netns add router; ip netns add plain; ip netns add other; ip netns add client
ip -n router link set lo up
ip -n router link add plain type veth peer name eth0 netns plain
ip -n router link add client type veth peer name eth0 netns client
ip -n router link add lan type bridge
ip -n router link add lan-plain master lan type veth peer name lan netns plain
ip -n router link add lan-other master lan type veth peer name lan netns other
for link in plain client lan lan-plain lan-other; do ip -n router link set $link up; done
ip -n router addr add 172.31.1.1/24 dev plain; ip -n router addr add 172.31.2.1/24 dev client
ip -n plain addr add 172.31.1.2/24 dev eth0; ip -n plain addr add 172.31.3.2/24 dev lan
ip -n client addr add 172.31.2.2/24 dev eth0; ip -n other addr add 172.31.3.3/24 dev lan
for name in plain client; do ip -n $name link set eth0 up; done
for name in plain other; do ip -n $name link set lan up; done
ip -n plain route add default via 172.31.1.1
ip netns exec router sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
ip netns exec router nft 'table ip hand {
    chain in { type nat hook prerouting priority dstnat; ip daddr 172.31.2.1 tcp dport 8080 dnat to 172.31.1.2:%d; }
    chain out { type nat hook postrouting priority srcnat; }
}'
"""

# The same in our words, but for the client, which is no set.
OURS = """
{insula} net create web; {insula} net create db
{insula} net connect web host --addr 172.30.1.2/24 --peer-addr 172.30.1.1/24
{insula} net bridge lan --addr 172.30.3.1/24
{insula} net attach web lan --addr 172.30.3.2/24; {insula} net attach db lan --addr 172.30.3.3/24
ip netns add customer; ip link add customer type veth peer name eth0 netns customer
ip link set customer up; ip addr add 172.30.2.1/24 dev customer
ip -n customer link set eth0 up; ip -n customer addr add 172.30.2.2/24 dev eth0
{insula} net publish web 172.30.2.1:8080:%d
nft 'table ip hand {{
    chain in {{ type nat hook prerouting priority dstnat - 1; ip daddr 172.30.2.1 tcp dport 8081 dnat to 172.30.1.2:%d; }}
}}'
"""

# What, the namespace to connect from, and the address and port to connect to: by hand, then ours. The last is within the same walls,
# and only the rule that publishes is made by hand.
WAYS = [("a veth pair", ("router", "172.31.1.2", PORT), (None, "172.30.1.2", PORT)),
        ("a bridge", ("other", "172.31.3.2", PORT), ("db", "172.30.3.2", PORT)),
        ("a published port", ("client", "172.31.2.1", 8080), ("customer", "172.30.2.1", 8080)),
        ("a published port within walls", ("customer", "172.30.2.1", 8081), ("customer", "172.30.2.1", 8080))]


class Traffic:
    def __init__(self, directory, netns):
        self.stream, self.enter, self.netns = directory / "stream", directory / "floor-enter", netns

    def inside(self, name):
        return [self.enter, self.netns / name] if name else []

    def serve(self, name):
        return subprocess.Popen([*self.inside(name), self.stream, "serve", str(PORT)])

    def measure(self, way, verb, amount):
        name, address, port = way
        done = subprocess.run([*self.inside(name), self.stream, verb, address, str(port), str(amount)], check=True, text=True,
                              stdout=subprocess.PIPE, timeout=60)
        return float(done.stdout)

    def both(self, ways, verb, amount, ours_first):
        """One after the other, in turns as to which is the first."""
        order = [1, 0] if ours_first else [0, 1]
        measured = {which: self.measure(ways[which], verb, amount) for which in order}
        return measured[0], measured[1]


def table(directory, netns, rounds, milliseconds, connections):
    """Whether it could be measured. What was made goes with the world that this runs in."""
    for script in (BY_HAND % PORT, (OURS % (PORT, PORT)).format(insula=directory / "insula")):
        done = subprocess.run(["sh", "-ec", script], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            print(f"bench: traffic: {done.stderr.strip()[-300:]}")
            return False
    traffic = Traffic(directory, netns)
    servers = [traffic.serve("plain"), traffic.serve("web")]
    time.sleep(0.5)
    heading("Traffic through what is made by hand, and through what `insula net` makes", "through", "MB/s by hand", "MB/s",
            "MB/s ÷ by hand", "connections/s by hand", "connections/s", "connections/s ÷ by hand")
    try:
        for what, *ways in WAYS:
            cells = []
            for verb, amount in (("send", milliseconds), ("connect", connections)):
                measured = [traffic.both(ways, verb, amount, number % 2) for number in range(rounds)]
                by_hand, ours = (statistics.median(column) for column in zip(*measured))
                ratio = statistics.median(one / other for other, one in measured)
                cells += [f"{by_hand:.0f}", f"{ours:.0f}", f"{ratio:.2f}"]
            row(what, *cells)
    finally:
        for server in servers:
            os.kill(server.pid, signal.SIGKILL)
            server.wait()
    return True
