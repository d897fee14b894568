import Diagnostics
import RoutingTrace

extension ReplaySetting {
  /// Tells what the trace is replayed on, and whose kernels price it.
  func tellMachine() {
    let cluster = prices(isDecode: header.phase == .decode).cluster
    let kernels = [true, false].compactMap { isDecode -> String? in
      guard header.phase == nil || (header.phase == .decode) == isDecode else { return nil }
      let parts = prices(isDecode: isDecode).cluster.parts
      return "\(isDecode ? "decode" : "prefill") by \(parts?.kernels ?? "'\(cluster.allToAll)'"), "
        + "experts by \(parts?.experts ?? "roofline")"
    }.joined(separator: "; ")
    Log.tell(
      "machine \(cluster.name): \(cluster.ranks) ranks on \(cluster.nodes) nodes, model \(model.name), \(kernels)",
      ["cluster": cluster.name, "ranks": "\(cluster.ranks)", "model": model.name, "kernels": kernels])
  }
}
