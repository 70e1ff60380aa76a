#!/usr/bin/python3
"""Makes vectors.json from Debian's onionbalance (its ed25519 reference code) and stem: python3 make.py > vectors.json"""
import hashlib, json, random
from onionbalance.hs_v3.ext import ed25519_exts_ref as ref
from stem.descriptor.hidden_service import HiddenServiceDescriptorV3 as V3

random.seed(20261123)
rows = []
for i in range(40):
    seed = bytes(random.getrandbits(8) for _ in range(32))
    period, length = random.choice([(random.getrandbits(16), 1440), (random.getrandbits(34), random.choice([4, 8, 30, 1440]))])
    expanded = ref.expandSK(seed)
    public = ref.publickeyFromESK(expanded)
    nonce = b"key-blind" + period.to_bytes(8, "big") + length.to_bytes(8, "big")
    base = b"(15112221349535400772501151409588531511454012693041857206046113283949847762202, 46316835694926478169428394003475163141307993866256225615783033603165251855960)"
    factor = hashlib.sha3_256(b"Derive temporary signing key\0" + public + base + nonce).digest()
    blinded_secret = ref.blindESK(expanded, factor)
    blinded_public = ref.blindPK(public, factor)
    message = bytes(random.getrandbits(8) for _ in range(i * 7))
    rows.append({
        "seed": seed.hex(), "period": period, "lengthMinutes": length, "publicKey": public.hex(),
        "address": V3.address_from_identity_key(public),
        "blindedSecret": blinded_secret.hex(), "blindedPublic": blinded_public.hex(),
        "subcredential": V3._subcredential(public, blinded_public).hex(),
        "message": message.hex(), "signature": ref.signatureWithESK(message, blinded_secret, blinded_public).hex(),
    })
print(json.dumps({"provenance": "onionbalance 0.2.2 and stem 1.8.1 of Debian 12; see make.py", "vectors": rows}, indent=1))
