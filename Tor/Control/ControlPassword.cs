namespace OnionBalance.Split.Tor.Control;

/// <summary>
/// Gives the control password when tor asks for one; null when there is none. Asked at every connection, so that a
/// changed file is seen. The connection wipes the array.
/// </summary>
public delegate ValueTask<byte[]?> ControlPassword(CancellationToken cancellationToken);
