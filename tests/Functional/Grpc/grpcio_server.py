"""Python's gRPC as a server of ours: argv is CA, then CERT KEY pairs; prints a port for each, then how calls ended."""
import sys
import threading
import time
from concurrent import futures

import grpc
from google.protobuf.wrappers_pb2 import BytesValue


def tell(context, how):
    echo = dict(context.invocation_metadata()).get("x-echo", "")
    print("%s %s" % (echo, how), flush=True)


def unary(request, context):
    metadata = dict(context.invocation_metadata())
    echo = metadata.get("x-echo", "")
    context.send_initial_metadata([("x-head", echo)])
    context.set_trailing_metadata([("x-tail", echo), ("x-tail-bin", b"\x00\x01\xff")])
    if metadata.get("x-do") == "fail":
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "nicht möglich: 100 %")
    if metadata.get("x-do") == "wait":
        ended = threading.Event()
        context.add_callback(ended.set)
        ended.wait(30)
        tell(context, "cancelled")
    return request


def collect(requests, context):
    count = length = 0
    for part in requests:
        count += 1
        length += len(part.value)
    return BytesValue(value=b"%d %d" % (count, length))


def expand(request, context):
    for number in range(int(request.value)):
        yield BytesValue(value=b"%d" % number)


def chat(requests, context):
    for part in requests:
        yield part


def main():
    read = lambda path: open(path, "rb").read()
    codec = dict(request_deserializer=BytesValue.FromString, response_serializer=BytesValue.SerializeToString)
    handlers = {
        "Unary": grpc.unary_unary_rpc_method_handler(unary, **codec),
        "Collect": grpc.stream_unary_rpc_method_handler(collect, **codec),
        "Expand": grpc.unary_stream_rpc_method_handler(expand, **codec),
        "Chat": grpc.stream_stream_rpc_method_handler(chat, **codec),
    }
    options = [("grpc.max_receive_message_length", 64 << 20), ("grpc.max_send_message_length", 64 << 20)]
    server = grpc.server(futures.ThreadPoolExecutor(16), options=options)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("onionbalance.split.tests.Echo", handlers),))
    ca, *files = sys.argv[1:]
    for certificate, key in zip(files[::2], files[1::2]):
        credentials = grpc.ssl_server_credentials([(read(key), read(certificate))], read(ca), require_client_auth=True)
        print(server.add_secure_port("127.0.0.1:0", credentials), flush=True)
    server.start()
    while True:
        time.sleep(60)


main()
