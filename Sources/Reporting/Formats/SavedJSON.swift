import Diagnostics
import Foundation

/// JSON that a command printed and `report` reads.
enum SavedJSON {
  /// One value, or a list of them.
  ///
  /// - Parameters:
  ///   - text: of the file.
  ///   - name: of the file, for messages.
  ///   - command: which prints such values.
  /// - Throws: `InputError` (data) that says what is missing or of another type.
  static func list<Value: Decodable>(
    of type: Value.Type, in text: String, name: String, command: String
  ) throws(InputError) -> [Value] {
    let data = Data(text.utf8)
    let isList = text.first { !$0.isWhitespace } == "["
    let values: [Value]
    do {
      let decoder = JSONDecoder()
      values = isList ? try decoder.decode([Value].self, from: data) : [try decoder.decode(type, from: data)]
    } catch let error as DecodingError {
      throw InputError("\(error.sentence); expected what \(command) --format json prints", in: name)
    } catch {
      throw InputError("not JSON; expected what \(command) --format json prints", in: name)
    }
    guard !values.isEmpty else { throw InputError("an empty list, expected at least one result", in: name) }
    return values
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
