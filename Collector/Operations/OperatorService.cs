using Grpc.Core;
using OnionBalance.Split.Protos;

namespace OnionBalance.Split.Collector.Operations;

/// <summary>The operator's view, on the operator's socket alone.</summary>
internal sealed class OperatorService(StatusReport report) : Operator.OperatorBase
{
    public override Task<StatusReply> Status(StatusRequest request, ServerCallContext context) => Task.FromResult(report.Create());
}
