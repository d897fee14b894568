import Foundation
import Studies

/// What `plan --diff` prints.
public enum PlanDifferenceReport {
  /// A row for each layer, then the whole.
  public static func table(_ difference: PlanDifference) -> String {
    var lines = [" layer  experts moved  bytes"]
    for layer in difference.perLayer {
      lines.append(String(format: "%6d  %13d  ", layer.layer, layer.experts) + bytes(layer.bytes))
    }
    lines.append(String(format: "   all  %13d  ", difference.experts) + bytes(difference.bytes))
    lines.append("")
    lines.append("an expert is moved once for each rank that lacks it; at most \(difference.mostPerRank) to one rank")
    if let time = difference.time {
      lines.append("\(Readable.time(time)) to move all at once over \(difference.ranks) ranks")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func bytes(_ bytes: Double?) -> String { bytes.map(Readable.bytes) ?? "-" }
}
