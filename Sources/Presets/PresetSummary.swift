import Files

extension Catalog {
  /// The first sentence of the comment that a file begins with; empty where it has none.
  public func summary(of name: String) throws -> String {
    let lines = try load(name).text.split(separator: "\n", omittingEmptySubsequences: false)
    let comment = lines.prefix { $0.hasPrefix("#") }.map { $0.dropFirst().trimmingPrefix(" ") }.joined(separator: " ")
    let end = comment.firstRange(of: ". ")?.lowerBound ?? comment.endIndex
    return String(comment[..<end]).trimmingSuffix(".")
  }
}

extension String {
  fileprivate func trimmingSuffix(_ suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
  }
}
