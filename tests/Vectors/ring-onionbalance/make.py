#!/usr/bin/python3
"""Makes vectors.json from stem (parsing) and onionbalance (periods, indexes, ring): python3 make.py > vectors.json

onionbalance 0.2.2 loses HSDirs where a replica wraps around the end of the ring and knows no parameters, so 'hsDirs' is
written down as the specification has it, by the few lines below, and checked against onionbalance wherever its defaults
hold and it does not wrap ('agreed')."""
import base64, bisect, datetime, hashlib, json, logging, os, random, types

os.environ["ONIONBALANCE_LOG_LEVEL"] = "critical"
import onionbalance.hs_v3.onionbalance as ob
from onionbalance.hs_v3 import consensus as ob_consensus, hashring, params, tor_node
from stem.descriptor.microdescriptor import Microdescriptor
from stem.descriptor.networkstatus import NetworkStatusDocumentV3

logging.disable(logging.CRITICAL)
random.seed(20261123)
rnd = lambda n: bytes(random.getrandbits(8) for _ in range(n))
b64 = lambda b: base64.b64encode(b).decode().rstrip("=")
int8 = lambda n: n.to_bytes(8, "big")


def document(valid_after, interval, relays, srvs, parameters):
    time = lambda seconds: (valid_after + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S")
    lines = ["network-status-version 3 microdesc", "vote-status consensus", "consensus-method 34",
             "valid-after " + time(0), "fresh-until " + time(interval), "valid-until " + time(3 * interval),
             "voting-delay 300 300", "known-flags Exit Fast Guard HSDir Running Stable V2Dir Valid"]
    if parameters:
        lines.append("params " + " ".join(f"{k}={v}" for k, v in sorted(parameters.items())))
    for name, value in zip(("previous", "current"), srvs):
        if value:
            lines.append(f"shared-rand-{name}-value 9 " + base64.b64encode(value).decode())
    bodies = []
    for fingerprint, nickname, identity, flags, protocols in sorted(relays):
        body = "onion-key\nntor-onion-key " + b64(rnd(32)) + "\n"
        body += "p accept 80,443\n" if random.random() < .3 else ""
        body += "id ed25519 " + b64(identity) + "\n" if identity else ""
        bodies.append(body)
        lines += [f"r {nickname} {b64(fingerprint)} 2038-01-01 00:00:00 10.0.0.1 9001 0",
                  "m " + b64(hashlib.sha256(body.encode()).digest()),
                  "s " + flags, "v Tor 0.4.9.11", "pr " + protocols, "w Bandwidth=1000"]
    lines += ["directory-footer", "bandwidth-weights Wbd=0", ""]
    random.shuffle(bodies)
    return "\n".join(lines), "".join(bodies)


def ring(nodes, blinded, srv, period, length, replicas, spread):
    index = sorted((hashlib.sha3_256(b"node-idx" + key + srv + int8(period) + int8(length)).digest(), name) for name, key in nodes)
    taken, wraps = [], False
    for replica in range(1, replicas + 1):
        start = bisect.bisect_left(index, (hashlib.sha3_256(b"store-at-idx" + blinded + int8(replica) + int8(length) + int8(period)).digest(), ""))
        added = 0
        for place in range(start, start + len(index)):
            name = index[place % len(index)][1]
            if added < spread and name not in taken:
                taken.append(name)
                added += 1
                wraps |= place >= len(index)
    return taken, wraps


rows = []
for number in range(24):
    test = number % 3 == 0
    interval = 20 if test else 3600
    count = random.choice([25, 40, 70])
    relays = []
    for i in range(count):
        flags = " ".join(sorted(["Running", "Valid", "Fast"] + (["HSDir"] if random.random() < .7 else [])))
        protocols = random.choice(["Cons=1-2 HSDir=2 HSIntro=4-5 Relay=1-4"] * 5 + ["HSDir=1-2", "Cons=1 HSDir=1", "Relay=2", "HSDir=1,2 HSRend=2"])
        relays.append((rnd(20), "relay%d" % i, rnd(32) if random.random() < .97 else b"", flags, protocols))
    start = random.randrange(1500000000, 1900000000) // interval * interval
    valid_after = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=start)
    srvs = (rnd(32) if number % 7 else None, rnd(32) if number % 5 else None)
    parameters = {} if number % 4 else {"hsdir_spread_store": random.randrange(1, 9), "hsdir_spread_fetch": random.randrange(1, 6), "hsdir_n_replicas": random.randrange(1, 5), "bwauthpid": 1}
    text, microdescriptors = document(valid_after, interval, relays, srvs, parameters)

    consensus = ob_consensus.Consensus(do_refresh_consensus=False)
    consensus.is_live = lambda: True
    consensus.consensus = NetworkStatusDocumentV3(text.encode())
    ob.my_onionbalance = types.SimpleNamespace(consensus=consensus, is_testnet=test)
    parsed = {}
    for body in microdescriptors.split("onion-key\nntor")[1:]:
        md = Microdescriptor(("onion-key\nntor" + body).encode())
        parsed[hashlib.sha256(("onion-key\nntor" + body).encode()).digest()] = md
    consensus.nodes = [tor_node.Node(parsed[base64.b64decode(r.microdescriptor_digest + "=" * (-len(r.microdescriptor_digest) % 4))], r)
                       for r in consensus.consensus.routers.values()]
    blinded = rnd(32)
    row = {"consensus": text, "microdescriptors": microdescriptors, "blindedKey": blinded.hex(), "descriptors": []}
    for first in (True, False):
        srv, period = hashring.get_srv_and_time_period(first)
        length = consensus.get_time_period_length()
        run = consensus.get_start_time_of_previous_srv_run() if first else consensus.get_start_time_of_current_srv_run()
        nodes = []
        for node in consensus.nodes:
            try:
                node.get_hsdir_index(srv, period)
                nodes.append((node.get_hex_fingerprint(), base64.b64decode(node.microdescriptor.identifiers["ed25519"] + "=")))
            except (tor_node.NoEd25519Identity, tor_node.NoHSDir):
                pass
        get = lambda name, default: parameters.get(name, default)
        stored, wraps = ring(nodes, blinded, srv, period, length, get("hsdir_n_replicas", 2), get("hsdir_spread_store", 4))
        fetched, _ = ring(nodes, blinded, srv, period, length, get("hsdir_n_replicas", 2), get("hsdir_spread_fetch", 3))
        agreed = not parameters and not wraps
        if agreed:
            assert hashring.get_responsible_hsdirs(blinded, first) == stored
        row["descriptors"].append({"period": period, "lengthMinutes": length, "sharedRandom": srv.hex(), "startOfRun": int(run),
                                   "usedByClients": hashring._time_between_tp_and_srv(consensus.consensus.valid_after) != first,
                                   "ring": len(nodes), "hsDirs": stored, "fetched": fetched, "agreed": agreed})
    rows.append(row)
print(json.dumps({"provenance": "stem 1.8.1 and onionbalance 0.2.2 of Debian 12; see make.py", "vectors": rows}, indent=1))
