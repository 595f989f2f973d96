# A host with a network beyond it, and what asks and answers in all of them.
ip link set lo up
ip netns add outside
ip link add eth0 type veth peer name eth0 netns outside
ip address add 192.0.2.1/24 dev eth0
ip address add fd00:9::1/64 dev eth0 nodad
ip link set eth0 up
ip -n outside address add 192.0.2.2/24 dev eth0
ip -n outside address add fd00:9::2/64 dev eth0 nodad
ip -n outside link set eth0 up
# Whoever is outside sends what is for the sets to the host, as a neighbour can.
ip -n outside route add 10.0.0.0/8 via 192.0.2.1
ip -n outside route add fd00:1::/32 via fd00:9::1

cat > "${before%/*}/answer.py" <<'END'
import os, socket, sys, threading
def tcp(address, port):
    listener = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port)); listener.listen(64)
    def serve():
        while True:
            peer, come = listener.accept()
            try: peer.sendall(f'{sys.argv[1]} {port} {come[0].removeprefix("::ffff:")}'.encode())
            except OSError: pass
            peer.close()
    return serve
def udp(address, port):
    own = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET, socket.SOCK_DGRAM)
    own.bind((address, port))
    def serve():
        while True:
            come = own.recvfrom(100)[1]
            try: own.sendto(f'{sys.argv[1]} {port} {come[0].removeprefix("::ffff:")}'.encode(), come)
            except OSError: pass
    return serve
servers = [kind(sys.argv[2], int(port)) for port in sys.argv[3:] for kind in (tcp, udp)]
threads = [threading.Thread(target=serve) for serve in servers]
[thread.start() for thread in threads]
with open('/run/answers-' + sys.argv[1] + '.new', 'w') as file: file.write(str(os.getpid()))
os.rename('/run/answers-' + sys.argv[1] + '.new', '/run/answers-' + sys.argv[1])
END
cat > "${before%/*}/ask.py" <<'END'
import socket, sys
kind, address, port, wait = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
peer = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET, socket.SOCK_STREAM if kind == 'tcp' else socket.SOCK_DGRAM)
peer.settimeout(wait)
try:
    peer.connect((address, port)); peer.send(b'?'); print(peer.recv(100).decode() or 'nothing')
except OSError: print('nothing')
END
# answer SITE NAME ADDRESS PORT…: NAME answers at these ports, by TCP and UDP, until the test ends.
answer() {
    site=$1
    shift
    at "$site" python3 "${before%/*}/answer.py" "$@" &
    await test -e "/run/answers-$1"
}
# Runs a command in the host, or in a network namespace.
at() {
    if [ "$1" = host ]; then shift; "$@"; else ip netns exec "$@"; fi
}
# reaches SITE tcp|udp ADDRESS PORT ANSWER
reaches() { same "$1 $2 $3 $4: $(at "$1" python3 "${before%/*}/ask.py" "$2" "$3" "$4" 20)" "$1 $2 $3 $4: $5"; }
# misses SITE ADDRESS PORT: neither by TCP nor by UDP.
misses() {
    for kind in tcp udp; do
        same "$1 $kind $2 $3: $(at "$1" python3 "${before%/*}/ask.py" $kind "$2" "$3" 0.4)" "$1 $kind $2 $3: nothing"
    done
}
forwarding() { cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding | tr '\n' ' '; }
# Nothing of ours is in the packet filter.
no_rules() { same "$(nft list ruleset)" ""; }
# What answers ends, and what is beyond the host goes.
end() {
    for file in /run/answers-*; do if [ -e "$file" ]; then kill "$(cat "$file")"; fi; done
    wait || true
    ip netns delete outside
}
