import PerformanceModel

extension LayerReplay {
  /// What the ports carry in the layer replayed last, for prices on several machines; nil where no price goes by it.
  func portCopies(isDecode: Bool) -> PortCopies? {
    setting.prices(isDecode: isDecode).allToAll.portPaths.map(traffic.portCopies)
  }
}
