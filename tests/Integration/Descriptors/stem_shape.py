"""Decrypts a v3 descriptor (standard input) of the address in argv[1] with stem and prints its shape as JSON: every line of
its three layers, with the values that differ from one service to the next replaced by their length, and every
certificate by its fields."""
import json
import sys

from stem.descriptor.certificate import Ed25519Certificate
from stem.descriptor.hidden_service import HiddenServiceDescriptorV3

# Arguments that are the same in every descriptor of C tor.
FIXED = {"3", "2", "180", "x25519", "ntor", "1-2", "31"}


def argument(text):
    return text if text in FIXED else "number" if text.isdigit() else "<%d>" % len(text)


def certificate(block):
    cert = Ed25519Certificate.from_base64("\n".join(block))
    extensions = ["%d/%d/%d" % (e.type, e.flag_int, len(e.data)) for e in cert.extensions]
    expirations.append(int(cert.expiration.timestamp()) // 3600)
    return "certificate version %d type %02X key type %d extensions %s" % (cert.version, cert.type_int, cert.key_type, extensions)


def shape(text):
    block = None
    for line in text.split("\n"):
        if line.startswith("-----BEGIN"):
            block = []
            yield line
        elif line.startswith("-----END"):
            yield certificate(block) if "ED25519 CERT" in line else "%d lines, %d characters" % (len(block), len("".join(block)))
            block = None
            yield line
        elif block is not None:
            block.append(line)
        else:
            keyword, *arguments = line.split(" ")
            yield " ".join([keyword] + [argument(a) for a in arguments])


expirations = []
outer = sys.stdin.read()
descriptor = HiddenServiceDescriptorV3(outer.encode(), validate=True)
inner = descriptor.decrypt(sys.argv[1])
print(json.dumps({
    "lines": [line for text in (outer, inner.outer.get_bytes().decode(), inner.get_bytes().decode()) for line in shape(text)],
    "points": len(inner.introduction_points),
    "expirations": expirations,
}))
