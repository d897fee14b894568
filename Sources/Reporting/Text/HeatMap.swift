import Foundation

/// Expert load as a picture in a terminal: a row for each layer, experts from left to right, bright where the load is
/// above the layer's mean.
struct HeatMap: Sendable {
  private static let widest = 64
  private static let shades = Array(" .:-=+*#%@")
  /// Colours of the 256-colour palette from cold to hot.
  private static let colours = [17, 19, 25, 31, 37, 71, 143, 179, 208, 196]
  /// Load over the layer's mean that is shown as the hottest shade.
  private static let hottest = 4.0

  /// Number of each layer and its `[experts]` tokens.
  var rows: [(layer: Int, load: [UInt64])]

  /// - Parameter inColour: for a terminal; shades of characters otherwise.
  func lines(inColour: Bool) -> [String] {
    rows.map { row in
      let columns = min(Self.widest, row.load.count)
      let mean = Double(row.load.reduce(0, +)) / Double(max(1, row.load.count))
      let cells = (0..<columns).map { column in
        let range = column * row.load.count / columns..<(column + 1) * row.load.count / columns
        // The hottest of the experts that share a column is what matters.
        return Self.cell(mean > 0 ? Double(row.load[range].max() ?? 0) / mean : 0, inColour: inColour)
      }
      return String(format: "%6d  ", row.layer) + cells.joined() + (inColour ? "\u{1B}[0m" : "")
    }
  }

  private static func cell(_ ratio: Double, inColour: Bool) -> String {
    let level = min(shades.count - 1, Int(ratio / hottest * Double(shades.count)))
    return inColour ? "\u{1B}[48;5;\(colours[level])m " : String(shades[level])
  }
}
