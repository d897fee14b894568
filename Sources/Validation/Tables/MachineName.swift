/// How a row of a table says what it was measured on; at least one part is there.
public struct MachineName: Hashable, Sendable {
  /// A cluster file, or a name in `clusters/`.
  public var cluster: String?
  public var gpu: String?
  public var links: String?
  /// That move copies.
  public var kernel: String?
  /// Kernels that compute experts.
  public var experts: String?

  public init(
    cluster: String? = nil, gpu: String? = nil, links: String? = nil, kernel: String? = nil, experts: String? = nil
  ) {
    self.cluster = cluster
    self.gpu = gpu
    self.links = links
    self.kernel = kernel
    self.experts = experts
  }

  /// What `clusters` of a front matter may call it, the most exact first: `gb200/NVLinkOneSided`, the kernel, the GPU.
  var keys: [String] {
    let both = [gpu, kernel].compactMap(\.self)
    return (both.count == 2 ? [both.joined(separator: "/")] : []) + both.reversed()
  }
}
