#!/bin/sh
# A lab of NODES nodes (1000 if not said) on a tree of bridges: each leaf bridge has up to 40 nodes and a trunk to the root.
# The file is long, so it is made when it is wanted:
#
#   examples/labs/thousand.sh > thousand.clab.yml
#   insula lab up thousand.clab.yml
#   insula lab check thousand.clab.yml
#   insula lab down thousand
#
# The nodes have a network namespace and nothing else, as those of `ip netns add`; without the line `defaults` each is a whole
# machine, with a host name, mounts and processes of its own.
exec awk -v nodes="${1:-1000}" 'BEGIN {
    leaves = int((nodes + 39) / 40)
    print "name: thousand"
    print "topology:"
    print "  defaults: {namespaces: [net]}"
    print "  kinds: {bridge: {labels: {layer: switch}}}"
    print "  nodes:"
    print "    root: {kind: bridge}"
    for (leaf = 0; leaf < leaves; leaf++) printf "    leaf%d: {kind: bridge}\n", leaf
    for (node = 0; node < nodes; node++) printf "    n%d:\n", node
    print "  links:"
    for (leaf = 0; leaf < leaves; leaf++)
        printf "    - {endpoints: [\"root:leaf%d\", \"leaf%d:root\"], mtu: 1500}\n", leaf, leaf
    for (node = 0; node < nodes; node++)
        printf "    - {endpoints: [\"n%d:eth0\", \"leaf%d:n%d\"], addr: [10.1.%d.%d/16, \"\"], mtu: 1500}\n",
            node, int(node / 40), node, int(node / 200), node % 200 + 1
    print "checks:"
    printf "  - reachable: {from: [n0, n%d, n%d], to: [n0, n%d]}\n", int(nodes / 2), nodes - 1, nodes - 1
}'
