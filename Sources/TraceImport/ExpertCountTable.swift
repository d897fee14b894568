import Containers
import Diagnostics
import Files
import RoutingTrace

/// Rows of a layer, an expert and a count.
struct ExpertCountTable: Equatable {
  private struct Row: Equatable {
    var layer: UInt16
    var expert: UInt16
    var count: UInt64

    var place: Int { Int(layer) << 16 | Int(expert) }
  }

  /// Ascending by layer and expert, each once.
  private var rows: [Row] = []

  var largestLayer: Int { rows.last.map { Int($0.layer) } ?? 0 }
  var largestExpert: Int { rows.reduce(0) { max($0, Int($1.expert)) } }

  private static let names = [["layer", "layer_id"], ["expert", "expert_id"], ["count"]]

  /// Whether the columns are a layer, an expert and a count, by their names.
  static func isHeader(_ line: some Collection<UInt8>) -> Bool {
    let fields = String(decoding: Array(line.prefix(100)), as: UTF8.self)
      .split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.filter { !$0.isWhitespace && $0 != "\"" }.lowercased() }
    return fields.count == 3 && zip(fields, names).allSatisfy { $1.contains($0) }
  }

  /// - Throws: `InputError` with the line: no such header, or not three whole numbers; too many rows, or one given
  ///   twice.
  init(csv input: FileInput) throws(InputError) {
    let reader = LineReader(input, limit: 1 << 16)
    do throws(InputError) {
      guard let header = try reader.next(), Self.isHeader(header) else {
        throw InputError("expected the columns layer,expert,count", at: .init(line: max(1, reader.line)))
      }
      while let line = try reader.next() {
        do throws(InputError) { rows.append(try Self.row(line)) } catch {
          throw InputError(error.message, at: .init(line: reader.line))
        }
        guard rows.count <= TraceHeader.maximumExpertsInAll else {
          throw InputError("more than \(TraceHeader.maximumExpertsInAll) rows", at: .init(line: reader.line))
        }
      }
      rows.sort { $0.place < $1.place }
      if let (row, _) = zip(rows, rows.dropFirst()).first(where: { $0.place == $1.place }) {
        throw InputError("expert \(row.expert) is given twice", at: .init(layer: Int(row.layer)))
      }
      guard !rows.isEmpty else { throw InputError("no rows") }
    } catch { throw error.attributed(to: input.name) }
  }

  private static func row(_ line: [UInt8]) throws(InputError) -> Row {
    let fields = line.split(separator: UInt8(ascii: ","), maxSplits: 3, omittingEmptySubsequences: false)
      .map { String(decoding: $0.prefix(40), as: UTF8.self).filter { !$0.isWhitespace } }
    guard fields.count == 3 else { throw InputError("\(fields.count) columns, expected layer,expert,count") }
    guard let layer = UInt16(fields[0]), layer < TraceHeader.maximumLayers else {
      throw InputError("layer '\(fields[0])', expected 0…\(TraceHeader.maximumLayers - 1)")
    }
    guard let expert = UInt16(fields[1]) else {
      throw InputError("expert '\(fields[1])', expected 0…\(TraceHeader.maximumExperts - 1)")
    }
    guard let count = UInt64(fields[2]) ?? Double(fields[2]).flatMap({ UInt64(exactly: $0) }),
      count <= RoutingStep.maximumCount
    else { throw InputError("count '\(fields[2])', expected a whole number of 0…\(RoutingStep.maximumCount)") }
    return Row(layer: layer, expert: expert, count: count)
  }

  /// - Throws: `InputError` when a sum is above `RoutingStep.maximumCount`.
  mutating func add(_ other: ExpertCountTable) throws(InputError) {
    var merged: [Row] = []
    merged.reserveCapacity(max(rows.count, other.rows.count))
    for row in (rows + other.rows).sorted(by: { $0.place < $1.place }) {
      guard let last = merged.last, last.place == row.place else {
        merged.append(row)
        continue
      }
      merged[merged.count - 1].count = last.count + row.count
      guard last.count + row.count <= RoutingStep.maximumCount else {
        throw InputError("expert \(row.expert): \(last.count + row.count) tokens", at: .init(layer: Int(row.layer)))
      }
    }
    rows = merged
  }

  /// Appends a row of `experts` counts for each layer, 0 where the file has none.
  func append(to table: inout PackedCounts, layers: Int, experts: Int) {
    var rest = rows[...]
    for layer in 0..<layers {
      for expert in 0..<experts {
        let isNext = rest.first?.place == layer << 16 | expert
        table.append(isNext ? rest.removeFirst().count : 0)
      }
      table.endRow()
    }
  }
}
