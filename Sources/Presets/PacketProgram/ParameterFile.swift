import Diagnostics

/// `params.py` of the MoE routing simulation and performance model: names and numbers. It is read, never run.
///
/// A line is `NAME = number`, `NAME = True` or `False`, an `if NAME:` with its `else:`, one of the document's own
/// derivations of one parameter from others, one of its own assertions, or blank. Of an `if`, the lines of the branch that
/// its name picks count; those of the other one have to be as well formed. A name given twice has its last value.
struct ParameterFile {
  let name: String
  private var values: [String: (value: Double, line: Int)] = [:]
  private var flags: [String: Bool] = [:]
  // Compiled once for all lines.
  private let conditionLine = #/if\s+(\w+)\s*:\s*/#
  private let assignmentLine = #/([A-Za-z_]\w*)=([^=].*)/#

  /// - Throws: `InputError` with the line of anything else.
  init(parsing text: String, name: String) throws(InputError) {
    self.name = name
    var branch = Branch()
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let code = line.prefix { $0 != "#" }
      guard code.contains(where: { !$0.isWhitespace }) else { continue }
      let isIndented = code.first?.isWhitespace == true
      do throws(InputError) {
        try read(String(code), isIndented: isIndented, line: index + 1, &branch)
      } catch { throw InputError(error.message, in: name, at: .init(line: index + 1)) }
    }
  }

  /// Which branch of an `if` the lines belong to.
  private struct Branch {
    /// The value of the name that the `if` asks for; nil outside.
    var condition: Bool?
    var isElse = false

    var counts: Bool { condition.map { $0 != isElse } ?? true }
  }

  private mutating func read(
    _ line: String, isIndented: Bool, line number: Int, _ branch: inout Branch
  ) throws(InputError) {
    let code = line.filter { !$0.isWhitespace }
    if !isIndented {
      if code == "else:", branch.condition != nil, !branch.isElse {
        branch.isElse = true
        return
      }
      branch = Branch()
      if let condition = line.wholeMatch(of: conditionLine)?.1 {
        guard let value = flags[String(condition)] else {
          throw InputError("'\(condition)' is not set to True or False above")
        }
        branch.condition = value
        return
      }
    } else if branch.condition == nil {
      throw InputError("indented, but not below an if")
    }
    if ParameterName.assertions.contains(String(code.prefix { $0 != "\"" && $0 != "'" })) { return }
    guard let match = code.wholeMatch(of: assignmentLine) else {
      throw InputError("'\(line.trimmed.prefix(60))', expected NAME = number")
    }
    try assign(String(match.1), String(match.2), line: number, counts: branch.counts)
  }

  private mutating func assign(
    _ name: String, _ value: String, line: Int, counts: Bool
  ) throws(InputError) {
    if let flag = ["True": true, "False": false][value] {
      if counts { flags[name] = flag }
      return
    }
    guard ParameterName.all.contains(name) else {
      throw InputError("unknown parameter '\(name)'\(suggestion(for: name, in: ParameterName.all))")
    }
    if value.contains(where: \.isNumber), let number = Double(value.filter { $0 != "_" }), number.isFinite {
      if counts { values[name] = (number, line) }
      return
    }
    guard ParameterName.derivations[name]?.contains(value) == true else {
      throw InputError("\(name) = \(value.prefix(60)): an expression, expected a number (nothing is run)")
    }
    if counts { values[name] = nil }
  }

  /// Nil where the file gives no number, or the document's own derivation.
  func number(_ name: String) -> Double? { values[name]?.value }

  /// An error at the line that gives a name its value, or of the whole file.
  func error(_ message: String, at name: String) -> InputError {
    InputError("\(name): \(message)", in: self.name, at: .init(line: values[name]?.line))
  }

  func required(_ name: String) throws(InputError) -> Double {
    guard let number = number(name) else { throw error("missing", at: name) }
    return number
  }

  func whole(_ name: String, in range: ClosedRange<Int>) throws(InputError) -> Int {
    let number = try required(name)
    guard let whole = Int(exactly: number) else { throw error("\(number) is not a whole number", at: name) }
    guard range.contains(whole) else {
      throw error("\(whole) is outside \(range.lowerBound)…\(range.upperBound)", at: name)
    }
    return whole
  }
}

extension String {
  fileprivate var trimmed: Substring {
    drop { $0.isWhitespace }.prefix(upTo: lastIndex { !$0.isWhitespace }.map(index(after:)) ?? startIndex)
  }
}
