import Diagnostics
import Foundation

/// The files of a recording that each rank wrote for itself.
enum RankSet {
  /// - Parameters:
  ///   - found: rank of each file.
  ///   - wanted: the ranks that there must be; those from 0 when nil.
  /// - Throws: `InputError` (data) that names a rank without a file, or with two.
  static func check(_ found: [(rank: Int, path: String)], wanted: [Int]?) throws(InputError) {
    var paths: [Int: String] = [:]
    for (rank, path) in found {
      if let other = paths.updateValue(path, forKey: rank) {
        throw InputError(other == path ? "given twice" : "rank \(rank) again, as in \(other)", in: path)
      }
    }
    let wanted = wanted ?? Array(0...(paths.keys.max() ?? 0))
    if let missing = wanted.first(where: { paths[$0] == nil }) {
      let ranks = paths.keys.sorted()
      let list = ranks.prefix(8).map(String.init).joined(separator: ", ") + (ranks.count > 8 ? ", …" : "")
      throw InputError(
        "rank \(missing) is missing, of ranks \(list); --recorded-ranks says which there are", in: found.first?.path)
    }
    let known = Set(wanted)
    if let odd = found.first(where: { !known.contains($0.rank) }) {
      throw InputError("rank \(odd.rank) is none of --recorded-ranks", in: odd.path, status: .usage)
    }
  }

  /// The number behind `word` in a file's name: 3 of `router_trace_rank3.jsonl` and `rank`.
  static func number(after word: String, in path: String) -> Int? {
    let name = path.split(separator: "/").last ?? ""
    guard let range = name.range(of: word, options: .backwards) else { return nil }
    return Int(name[range.upperBound...].prefix { $0.isASCII && $0.isNumber })
  }
}
