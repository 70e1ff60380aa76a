"""Python's gRPC as a client of ours: argv is ADDRESS CA CERT KEY CASE...; one line of outcome per case."""
import sys
import threading
import time

import grpc
from google.protobuf.wrappers_pb2 import BytesValue

SERVICE = "/onionbalance.split.tests.Echo/"


def message(data):
    return BytesValue(value=data)


class Client:
    def __init__(self, address, ca, certificate, key):
        read = lambda path: open(path, "rb").read() if path else None
        credentials = grpc.ssl_channel_credentials(read(ca), read(key), read(certificate))
        options = [
            ("grpc.ssl_target_name_override", "localhost"),
            ("grpc.max_receive_message_length", 64 << 20),
            ("grpc.max_send_message_length", 64 << 20),
        ]
        self.channel = grpc.secure_channel(address, credentials, options)
        codec = dict(request_serializer=BytesValue.SerializeToString, response_deserializer=BytesValue.FromString)
        self.unary = self.channel.unary_unary(SERVICE + "Unary", **codec)
        self.collect = self.channel.stream_unary(SERVICE + "Collect", **codec)
        self.expand = self.channel.unary_stream(SERVICE + "Expand", **codec)
        self.chat = self.channel.stream_stream(SERVICE + "Chat", **codec)

    def case_unary(self):
        return self.unary(message(b"hello"), timeout=20).value.decode()

    def case_collect(self):
        # More than Kestrel's limit of 30 MB for a request's body.
        return self.collect((message(bytes(1 << 20)) for _ in range(40)), timeout=60).value.decode()

    def case_expand(self):
        return ",".join(part.value.decode() for part in self.expand(message(b"5"), timeout=20))

    def case_chat(self):
        answered = threading.Event()

        def ask():
            for number in range(3):
                yield message(b"%d" % number)
                answered.wait(20)
                answered.clear()

        answers = []
        for part in self.chat(ask(), timeout=30):
            answers.append(part.value.decode())
            answered.set()
        return ",".join(answers)

    def case_metadata(self):
        answer, call = self.unary.with_call(message(b""), timeout=20, metadata=[("x-echo", "kept")])
        head, tail = dict(call.initial_metadata()), dict(call.trailing_metadata())
        return "%s %s %s" % (head["x-head"], tail["x-tail"], tail["x-tail-bin"].hex())

    def case_fail(self):
        try:
            self.unary(message(b""), timeout=20, metadata=[("x-do", "fail"), ("x-echo", "last")])
        except grpc.RpcError as error:
            return "%s %s %s" % (error.code().name, error.details(), dict(error.trailing_metadata())["x-tail"])

    def case_deadline(self):
        try:
            self.unary(message(b""), timeout=1, metadata=[("x-do", "wait"), ("x-echo", "python-deadline")])
        except grpc.RpcError as error:
            return error.code().name

    def case_cancel(self):
        call = self.unary.future(message(b""), timeout=60, metadata=[("x-do", "wait"), ("x-echo", "python-cancel")])
        # A unary call of grpcio shows its headers only at its end: time must do.
        time.sleep(1)
        call.cancel()
        return "cancelled" if call.cancelled() else "not cancelled"

    def case_big(self):
        data = bytes(range(256)) * 15000
        return str(self.unary(message(data), timeout=60).value == data)

    def case_too_big(self):
        try:
            self.unary(message(bytes(5 << 20)), timeout=60)
        except grpc.RpcError as error:
            return error.code().name

    def case_unknown(self):
        try:
            self.channel.unary_unary(SERVICE + "Nothing")(b"", timeout=20)
        except grpc.RpcError as error:
            return error.code().name

    def case_health(self):
        check = self.channel.unary_unary("/grpc.health.v1.Health/Check")
        return check(b"", timeout=20).hex()

    def case_refused(self):
        try:
            return self.unary(message(b""), timeout=20).value.decode()
        except grpc.RpcError as error:
            return error.code().name


def main():
    address, ca, certificate, key, *cases = sys.argv[1:]
    client = Client(address, ca, certificate, key)
    for case in cases:
        print("%s: %s" % (case, getattr(client, "case_" + case)()), flush=True)


main()
