"""Makes a v3 descriptor with stem, for the time period in argv[1] (number) and argv[2] (minutes), and prints it as JSON."""
import hashlib
import json
import os
import struct
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from stem.client.datatype import LinkByIPv4, LinkByFingerprint, LinkByEd25519
from stem.descriptor.hidden_service import HiddenServiceDescriptorV3, InnerLayer, IntroductionPointV3
from stem.util import _pubkey_bytes

BASE = (b"(15112221349535400772501151409588531511454012693041857206046113283949847762202, "
        b"46316835694926478169428394003475163141307993866256225615783033603165251855960)")

identity = Ed25519PrivateKey.generate()
signing = Ed25519PrivateKey.generate()
nonce = hashlib.sha3_256(
    b"Derive temporary signing key\0" + _pubkey_bytes(identity) + BASE
    + b"key-blind" + struct.pack(">QQ", int(sys.argv[1]), int(sys.argv[2]))).digest()
points = [
    IntroductionPointV3.create_for_link_specifiers(
        [LinkByIPv4("192.0.2.%d" % n, 9001), LinkByFingerprint(os.urandom(20)), LinkByEd25519(os.urandom(32))], signing_key=signing)
    for n in range(1, 4)]
descriptor = HiddenServiceDescriptorV3.create(
    inner_layer=InnerLayer.create(introduction_points=points),
    identity_key=identity, signing_key=signing, revision_counter=77, blinding_nonce=nonce)

print(json.dumps({
    "address": HiddenServiceDescriptorV3.address_from_identity_key(identity),
    "text": str(descriptor),
    "authKeys": [p.auth_key_cert.key.hex() for p in points],
}))
