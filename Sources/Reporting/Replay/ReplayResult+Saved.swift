import Diagnostics
import Foundation
import Replay

extension ReplayResult {
  /// What `replay --format json` printed: one result, or a list of them.
  ///
  /// - Parameters:
  ///   - text: of the file.
  ///   - name: of the file, for messages.
  /// - Throws: `InputError` (data) that says what is missing, of another type, or does not fit the rest.
  public static func saved(in text: String, name: String) throws(InputError) -> [ReplayResult] {
    let data = Data(text.utf8)
    let isList = text.first { !$0.isWhitespace } == "["
    let results: [ReplayResult]
    do {
      let decoder = JSONDecoder()
      results =
        isList
        ? try decoder.decode([ReplayResult].self, from: data) : [try decoder.decode(ReplayResult.self, from: data)]
    } catch let error as DecodingError {
      throw InputError("\(error.sentence); expected what replay --format json prints", in: name)
    } catch {
      throw InputError("not JSON; expected what replay --format json prints", in: name)
    }
    guard !results.isEmpty else { throw InputError("an empty list, expected at least one result", in: name) }
    for result in results {
      if let mistake = ResultShape(result).mistake { throw InputError(mistake, in: name) }
    }
    return results
  }
}

extension DecodingError {
  /// What is wrong, and where: `no key 'policies'`.
  fileprivate var sentence: String {
    func place(_ path: [any CodingKey]) -> String {
      path.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
    }
    func at(_ context: Context) -> String { context.codingPath.isEmpty ? "" : " at \(place(context.codingPath))" }
    switch self {
    case .keyNotFound(let key, let context): return "no key '\(key.stringValue)'\(at(context))"
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context): return "no \(type)\(at(context))"
    case .dataCorrupted(let context): return context.codingPath.isEmpty ? "not JSON" : "a wrong value\(at(context))"
    @unknown default: return "not a result"
    }
  }
}
