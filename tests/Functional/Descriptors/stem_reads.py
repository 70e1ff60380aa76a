"""Decrypts a v3 descriptor (standard input) of the address in argv[1] with stem, and prints what it found as JSON."""
import base64
import json
import sys

from stem.descriptor.hidden_service import HiddenServiceDescriptorV3

descriptor = HiddenServiceDescriptorV3(sys.stdin.read().encode(), validate=True)
inner = descriptor.decrypt(sys.argv[1])


def raw(value):
    return base64.b64decode(value).hex()


def point(p):
    return {
        "linkSpecifiers": (bytes([len(p.link_specifiers)]) + b"".join(s.pack() for s in p.link_specifiers)).hex(),
        "onionKey": raw(p.onion_key_raw),
        "authKey": p.auth_key_cert.key.hex(),
        "encKey": raw(p.enc_key_raw),
        "authSigner": p.auth_key_cert.signing_key().hex(),
        "encSigner": p.enc_key_cert.signing_key().hex(),
        "authExpiration": int(p.auth_key_cert.expiration.timestamp()),
    }


print(json.dumps({
    "revision": descriptor.revision_counter,
    "lifetime": descriptor.lifetime,
    "blindedKey": descriptor.signing_cert.signing_key().hex(),
    "signingKey": descriptor.signing_cert.key.hex(),
    "clients": len(inner.outer.clients),
    "formats": inner.formats,
    "points": [point(p) for p in inner.introduction_points],
}))
