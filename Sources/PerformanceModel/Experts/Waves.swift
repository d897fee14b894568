import Diagnostics

/// Wave quantisation: output tiles run on all multiprocessors at a time, and the last wave takes as long as a full one.
///
/// A grouped GEMM of m padded tokens and n columns has m/tile · ⌈n/columns⌉ output tiles, one per multiprocessor.
public struct Waves: Equatable, Sendable {
  /// Streaming multiprocessors that run expert kernels: 132 on an H100, fewer where some communicate.
  public var multiprocessors: Int
  /// Columns of an output tile; its rows are `GPU.tile`.
  public var columns: Int

  public init(multiprocessors: Int, columns: Int) {
    precondition(multiprocessors > 0 && columns > 0)
    self.multiprocessors = multiprocessors
    self.columns = columns
  }

  /// `{multiprocessors: 132, columns: 128}`.
  public init(settings: Settings) throws(InputError) {
    self.init(
      multiprocessors: try settings.integer("multiprocessors", in: 1...65_536),
      columns: try settings.integer("columns", in: 1...65_536))
    try settings.rejectUnknownKeys()
  }

  /// Operations that an expert layer's two grouped GEMMs would do in the time that they take, idle multiprocessors counted as
  /// if they computed.
  ///
  /// - Parameters:
  ///   - padded: tokens of the rank's experts, each expert's rounded up to the tile.
  ///   - tile: rows of an output tile.
  func flops(padded: Double, tile: Double, hidden: Double, intermediate: Double) -> Double {
    func flops(columns wanted: Double, depth: Double) -> Double {
      let tiles = padded / tile * (wanted / Double(columns)).rounded(.up)
      let filled = (tiles / Double(multiprocessors)).rounded(.up) * Double(multiprocessors)
      return filled * 2 * tile * Double(columns) * depth
    }
    return flops(columns: 2 * intermediate, depth: hidden) + flops(columns: hidden, depth: intermediate)
  }
}
