/// How a row of a table says what it was measured on; at least one part is there.
public struct MachineName: Hashable, Sendable {
  /// A cluster file, or a name in `clusters/`.
  public var cluster: String?
  public var gpu: String?
  public var kernel: String?

  public init(cluster: String? = nil, gpu: String? = nil, kernel: String? = nil) {
    self.cluster = cluster
    self.gpu = gpu
    self.kernel = kernel
  }

  /// What `clusters` of a front matter may call it, the most exact first: `gb200/NVLinkOneSided`, the kernel, the GPU.
  var keys: [String] {
    let both = [gpu, kernel].compactMap(\.self)
    return (both.count == 2 ? [both.joined(separator: "/")] : []) + both.reversed()
  }
}
